/** Bounds the time of a judgement. */
import { PurpgateError } from '../errors.js';

/**
 * Runs `work` with a signal that fires when `signal` does or after `ms` milliseconds, and does not wait for work that ignores it.
 * @throws PurpgateError `guard_failed` when the time is up, `request_aborted` when `signal` fires; else whatever `work` rejects with.
 */
export async function withDeadline<Result>(
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (signal.aborted) throw new PurpgateError('request_aborted');
  const stop = new AbortController();
  let fail: (error: PurpgateError) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    fail = (error) => {
      stop.abort(error);
      reject(error);
    };
  });
  const onAbort = (): void => {
    fail(new PurpgateError('request_aborted'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    fail(new PurpgateError('guard_failed', { message: `no verdict in ${ms} ms` }));
  }, ms);
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
