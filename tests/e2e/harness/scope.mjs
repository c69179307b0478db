// Closes what a test opened when the test ends, in reverse order, whatever happened in between.
export class Scope {
  #closers = [];

  /** A scope that ends with the test whose context is given. */
  static of(context) {
    const scope = new Scope();
    context.after(() => scope.close());
    return scope;
  }

  defer(closer) {
    this.#closers.push(closer);
  }

  async close() {
    const faults = [];
    while (this.#closers.length > 0) {
      await Promise.resolve(this.#closers.pop()()).catch((fault) => faults.push(fault));
    }
    if (faults.length > 0) throw faults[0];
  }
}
