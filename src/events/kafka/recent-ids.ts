/** The ids that were handled last, up to a number: 36 bytes each, and some for the set. */
export class RecentIds {
  readonly #ids = new Set<string>();

  constructor(private readonly most = 100_000) {}

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.most) return;
    // A set gives its members in the order in which they came.
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}
