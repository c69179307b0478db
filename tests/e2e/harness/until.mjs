// Waits for something that can be observed. These tests never sleep for a fixed time.
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls `probe` repeatedly until it returns something truthy, and returns that.
 * Fails with `what` after `within` milliseconds.
 */
export async function until(what, probe, { within = 10_000, every = 20 } = {}) {
  const deadline = Date.now() + within;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await pause(every);
  }
}

/** The value of `promise`, or an error that names `what` when it takes longer than `within` milliseconds. */
export async function before(within, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${within} ms: ${what}`)), within);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Returns once `measure` has returned the same number for `quiet` milliseconds. */
export async function untilSteady(what, measure, { quiet = 500, within = 15_000 } = {}) {
  let last = measure();
  let since = Date.now();
  await until(`${what} comes to rest`, () => {
    const now = measure();
    if (now !== last) {
      last = now;
      since = Date.now();
    }
    return Date.now() - since >= quiet;
  }, { within });
  return last;
}
