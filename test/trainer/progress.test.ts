import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { bar, createDisplay, duration, Pace, StepMeter } from '../../trainer/progress.js';

describe('the display of a training', () => {
  const open = (isTerminal: boolean) => {
    const stream = new PassThrough();
    const clock = { ms: 0 };
    const display = createDisplay({ stream, isTerminal, now: () => clock.ms });
    const text = (): string => (stream.read() as Buffer | null)?.toString() ?? '';
    return { display, clock, text };
  };

  test('on a terminal one line is redrawn, ten times a second at most', () => {
    const { display, clock, text } = open(true);
    display.status('one', 0.25);
    clock.ms = 50;
    display.status('too soon', 0.5);
    clock.ms = 100;
    display.status('two', 0.5);
    assert.equal(text(), `\r\x1b[K${bar(0.25)} one\r\x1b[K${bar(0.5)} two`);
  });

  test('a line that stays stands above the redrawn one, and the last state stays, too', () => {
    const { display, text } = open(true);
    display.status('half', 0.5);
    display.line('a note');
    display.status('all', 1);
    assert.equal(text(), `\r\x1b[K${bar(0.5)} half\r\x1b[Ka note\n${bar(0.5)} half\r\x1b[K${bar(1)} all\n`);
  });

  test('the redrawn line is cut to the width of the terminal, where it is known', () => {
    const stream = Object.assign(new PassThrough(), { columns: 40 });
    createDisplay({ stream, isTerminal: true, now: () => 0 }).status('a state that is longer than the row', 0.5);
    assert.equal(String(stream.read()), `\r\x1b[K${bar(0.5)} a state that`);
  });

  test('elsewhere there are plain lines, now and then, and no control characters', () => {
    const { display, clock, text } = open(false);
    display.status('first', 0.1);
    clock.ms = 9_999;
    display.status('too soon', 0.2);
    display.line('a note');
    clock.ms = 10_000;
    display.status('second', 0.3);
    display.status('last', 1);
    assert.equal(text(), 'first\na note\nsecond\nlast\n');
  });

  test('the bar is as full as the share', () => {
    assert.equal(bar(0), `[${'-'.repeat(24)}]`);
    assert.equal(bar(0.5), `[${'#'.repeat(12)}${'-'.repeat(12)}]`);
    assert.equal(bar(2), `[${'#'.repeat(24)}]`);
  });
});

describe('the time that is left', () => {
  test('durations have hours only where there are some', () => {
    assert.deepEqual([0, 65, 3599.6, 3725].map(duration), ['0:00', '1:05', '1:00:00', '1:02:05']);
  });

  test('a resumed run is not given credit for what was done before', () => {
    let ms = 0;
    const pace = new Pace(100, 60, () => ms);
    assert.equal(pace.left(60), 'time unknown');
    ms = 20_000;
    // 20 of the 40 that were open took 20 seconds.
    assert.equal(pace.left(80), '0:20 left');
  });

  test('a step shows loss, speed and time', () => {
    const shown: string[] = [];
    const meter = new StepMeter(2, 0, {
      status: (text, share) => shown.push(`${text} ${share}`),
      line: () => undefined,
    });
    meter.add(1, 3, 1000);
    meter.add(2, 1, 1000);
    assert.match(shown[0] ?? '', /^step 1\/2 {2}loss 3\.000 {2}\d+ tokens\/s {2}0:00 left 0\.5$/);
    assert.match(shown[1] ?? '', /^step 2\/2 {2}loss 2\.900 .* 1$/);
  });
});
