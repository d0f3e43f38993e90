/** A map that forgets what was used least recently. */
export class BoundedCache<Value> {
  // A Map iterates in order of insertion, so its first key is the least recently used one.
  private readonly entries = new Map<string, Value>();

  /** @param limit most entries that are kept, at least 1 */
  constructor(private readonly limit: number) {}

  get(key: string): Value | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.limit) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
