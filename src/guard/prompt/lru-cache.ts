/** A bounded cache that forgets what was not used for longest, and what is too old. */

interface LruCacheOptions {
  /** At least 1. */
  readonly entries: number;
  readonly lifetimeMs: number;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
}

export class LruCache<Value> {
  /** In the order of use: a Map keeps the order of insertion. */
  private readonly map = new Map<string, { value: Value; expires: number }>();

  constructor(private readonly options: LruCacheOptions) {}

  get(key: string): Value | undefined {
    const entry = this.map.get(key);
    if (entry === undefined) return undefined;
    this.map.delete(key);
    if (entry.expires <= this.options.clock()) return undefined;
    this.map.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value): void {
    this.map.delete(key);
    this.map.set(key, { value, expires: this.options.clock() + this.options.lifetimeMs });
    for (const oldest of this.map.keys()) {
      if (this.map.size <= this.options.entries) break;
      this.map.delete(oldest);
    }
  }

  get size(): number {
    return this.map.size;
  }
}
