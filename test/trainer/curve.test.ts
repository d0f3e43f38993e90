import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { drawCurve, drawRewards, rewardPoints, type CurvePoint } from '../../trainer/curve.js';

const POINTS: readonly CurvePoint[] = [
  { step: 0, tokens: 0, seen: 7.6, heldOut: 7.7 },
  { step: 100, tokens: 204_800, seen: 2.4, heldOut: 2.5 },
  { step: 2000, tokens: 4_096_000, seen: 0.1, heldOut: 0.2 },
];

function linesOf(svg: string): { x: number; y: number }[][] {
  return [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, places = '']) =>
    places.split(' ').map((place) => {
      const [x = NaN, y = NaN] = place.split(',').map(Number);
      return { x, y };
    }),
  );
}

describe('the loss curve', () => {
  const svg = drawCurve('Loss of <a & b>', POINTS);

  test('it names its axes with units, its lines, and its title', () => {
    for (const text of [
      'tokens trained on',
      'loss (nats per answer token)',
      '>seen<',
      '>held out<',
      'Loss of &lt;a &amp; b&gt;',
    ])
      assert.ok(svg.includes(text), text);
    for (const tick of ['0.1', '0.2', '1', '5', '1 M', '4 M']) assert.ok(svg.includes(`>${tick}</text>`), tick);
  });

  test('it needs nothing but itself', () => {
    assert.doesNotMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|<script|<style|<image|href/);
  });

  test('each line goes from left to right through all points, lower losses below higher ones, inside of the axes', () => {
    const lines = linesOf(svg);
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.equal(line.length, POINTS.length);
      line.forEach(({ x, y }, index) => {
        const before = line[index - 1];
        assert.ok(before === undefined || (x > before.x && y > before.y));
        assert.ok(x >= 76 && x <= 700 && y >= 56 && y <= 336, `${x}, ${y}`);
      });
    }
  });

  test('a single point and a loss of zero can be drawn', () => {
    assert.doesNotMatch(drawCurve('one', POINTS.slice(0, 1)), /NaN|Infinity/);
    assert.doesNotMatch(
      drawCurve('zero', [...POINTS, { step: 1, tokens: 5e6, seen: 0, heldOut: 0.1 }]),
      /NaN|Infinity/,
    );
  });
});

describe('the curve of the rewards', () => {
  const points = rewardPoints([
    { seq: 0, report: null },
    { seq: 1, report: { rewards: { code: 0.5, malicious: 1 } } },
    { seq: 2, report: { rewards: { code: 0.7 } } },
    { seq: 3, report: { rewards: { code: 0.9, malicious: 0.5 } } },
  ]);

  test('has a line for each kind, of means, with a point where the kind was drawn', () => {
    const svg = drawRewards('Rewards', points);
    const [code = [], malicious = []] = linesOf(svg);
    assert.deepEqual([code.length, malicious.length], [3, 2]);
    const height = (reward: number): number => 336 - 280 * reward;
    assert.deepEqual(
      code.map(({ y }) => y),
      [0.5, 0.6, 0.7].map(height),
    );
    for (const text of ['>code<', '>malicious<', '>steps<']) assert.ok(svg.includes(text), text);
  });

  test('can be drawn before the first step', () => {
    assert.doesNotMatch(drawRewards('none', []), /NaN|Infinity/);
  });
});
