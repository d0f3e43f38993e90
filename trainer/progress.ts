/** How a training shows what it does: one line that is redrawn on a terminal, lines now and then elsewhere. */

export interface Display {
  /** The state of the moment. @param share of the work that is done, in [0, 1]. */
  status(text: string, share: number): void;
  /** What shall stay to be read. */
  line(text: string): void;
}

interface DisplayOptions {
  readonly stream: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  /** Milliseconds, growing. */
  readonly now?: () => number;
}

const BAR_WIDTH = 24;
/** Between two redrawn lines, and between two plain ones. */
const REDRAW_MS = 100;
const PLAIN_MS = 10_000;
/** To the line's start, and clear it. */
const ERASE = '\r\x1b[K';

export function createDisplay({ stream, isTerminal, now = () => performance.now() }: DisplayOptions): Display {
  let shownAt = -Infinity;
  let drawn = '';
  return {
    status(text, share) {
      const isDue = now() - shownAt >= (isTerminal ? REDRAW_MS : PLAIN_MS);
      if (!isDue && share < 1) return;
      shownAt = now();
      if (!isTerminal) {
        stream.write(`${text}\n`);
        return;
      }
      drawn = share < 1 ? `${bar(share)} ${text}`.slice(0, widthOf(stream) - 1) : '';
      stream.write(share < 1 ? `${ERASE}${drawn}` : `${ERASE}${bar(share)} ${text}\n`);
    },
    line(text) {
      stream.write(isTerminal ? `${ERASE}${text}\n${drawn}` : `${text}\n`);
    },
  };
}

/** In columns. Only the last row of a line that is wrapped would be erased. */
function widthOf(stream: NodeJS.WritableStream): number {
  return 'columns' in stream && typeof stream.columns === 'number' && stream.columns > 0 ? stream.columns : Infinity;
}

/** For a stream as the command line gives it. */
export function displayOn(stream: NodeJS.WritableStream): Display {
  return createDisplay({ stream, isTerminal: 'isTTY' in stream && stream.isTTY === true });
}

export function bar(share: number): string {
  const full = Math.round(BAR_WIDTH * Math.min(1, Math.max(0, share)));
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`;
}

/** Such as 2:05 or 1:02:05. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** Turns counts into the time that is left. What a resumed run has behind it does not count towards its speed. */
export class Pace {
  private readonly started: number;

  constructor(
    private readonly total: number,
    private readonly first: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.started = now();
  }

  get seconds(): number {
    return (this.now() - this.started) / 1000;
  }

  /** Such as `4:05 left`; unknown before anything is done. */
  left(done: number): string {
    if (done <= this.first) return 'time unknown';
    return `${duration((this.seconds / (done - this.first)) * (this.total - done))} left`;
  }
}

/** Shows the steps of a training: step, smoothed loss, tokens per second, time left. */
export class StepMeter {
  private readonly pace: Pace;
  private tokens = 0;
  private smoothed: number | null = null;

  constructor(
    private readonly steps: number,
    firstStep: number,
    private readonly display: Display,
  ) {
    this.pace = new Pace(steps, firstStep);
  }

  add(step: number, loss: number, tokens: number): void {
    this.tokens += tokens;
    this.smoothed = this.smoothed === null ? loss : 0.95 * this.smoothed + 0.05 * loss;
    const rate = Math.round(this.tokens / this.pace.seconds);
    const text = `step ${step}/${this.steps}  loss ${this.smoothed.toFixed(3)}  ${rate} tokens/s  ${this.pace.left(step)}`;
    this.display.status(text, step / this.steps);
  }
}
