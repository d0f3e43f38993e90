/** A sandbox that starts when the first check needs it, so that a process that runs nothing keeps none. */
import { createSandbox, type Sandbox } from './sandbox.js';

interface LazySandboxOptions {
  /** Called once, when it turns out that nothing can be run. */
  readonly onUnavailable: (reason: string) => void;
  readonly create?: () => Promise<Sandbox>;
}

/** `check` as in Sandbox. `stop` is idempotent; it starts nothing, and later checks are `unavailable`. */
export function createLazySandbox({
  onUnavailable,
  create = createSandbox,
}: LazySandboxOptions): Pick<Sandbox, 'check' | 'stop'> {
  let starting: Promise<Sandbox> | null = null;
  let isStopped = false;
  const start = async (): Promise<Sandbox> => {
    const sandbox = await create();
    if (sandbox.unavailable !== null) onUnavailable(sandbox.unavailable);
    return sandbox;
  };
  return {
    async check(job, signal) {
      if (isStopped) return { outcome: 'unavailable', reason: 'the sandbox has stopped' };
      starting ??= start();
      return (await starting).check(job, signal);
    },
    async stop() {
      isStopped = true;
      await (await starting)?.stop();
    },
  };
}
