/** What has been built and must be taken down, in reverse order. */

export class Resources {
  readonly #stops: { name: string; stop: () => Promise<void> }[] = [];
  #stopped: Promise<void> | null = null;

  /** Takes care of `part` from now on. */
  own<Part extends { stop(): Promise<void> }>(name: string, part: Part): Part {
    this.defer(name, () => part.stop());
    return part;
  }

  defer(name: string, stop: () => Promise<void>): void {
    this.#stops.push({ name, stop });
  }

  /** Idempotent. Every part is stopped, also when an earlier one fails; the failures are thrown together. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    const failures: Error[] = [];
    for (const { name, stop } of this.#stops.reverse()) {
      try {
        await stop();
      } catch (thrown) {
        failures.push(new Error(`stopping ${name} failed`, { cause: thrown }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }
}
