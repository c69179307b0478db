// Random numbers that a seed repeats: the same seed and number always give the same exchange.

/** Mulberry32 over a hash of the parts. */
export class Random {
  #state;

  constructor(...parts) {
    this.#state = parts.join(':').split('').reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5) >>> 0;
  }

  /** In [0, 1). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  }

  /** A whole number from low to high, both included. */
  int(low, high) { return low + Math.floor(this.next() * (high - low + 1)); }

  chance(probability) { return this.next() < probability; }

  pick(choices) { return choices[this.int(0, choices.length - 1)]; }

  bytes(count) { return Buffer.from(Array.from({ length: count }, () => this.int(0, 255))); }
}
