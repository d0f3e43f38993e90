/** Seeded pseudo-random numbers for weights and tests: the same seed gives the same numbers on every machine. */

/** sfc32 (Chris Doty-Humphrey's Small Fast Counter, 128 bits of state), as in PractRand. Not for secrets. */
export class Random {
  private readonly state: Int32Array;
  private spare: number | null = null;

  constructor(seed: number) {
    this.state = Int32Array.of(0, seed, Math.floor(seed / 2 ** 32), 1);
    for (let round = 0; round < 12; round += 1) this.uniform();
  }

  /** In [0, 1), in steps of 2^-32. */
  uniform(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.state;
    const result = (a + b + counter) | 0;
    this.state[3] = counter + 1;
    this.state[0] = b ^ (b >>> 9);
    this.state[1] = c + (c << 3);
    this.state[2] = ((c << 21) | (c >>> 11)) + result;
    return (result >>> 0) / 2 ** 32;
  }

  /** Standard normal, by Box and Muller's transform. */
  gaussian(): number {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
