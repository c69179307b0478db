// Provides bodies with known checksums.
import { createHash, randomBytes } from 'node:crypto';

export const MEGABYTE = 1024 * 1024;

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The sandbox's deterministic body of `count` bytes: byte i is 'a' + i % 26. */
export function alphabet(count) {
  return Buffer.alloc(count, 'abcdefghijklmnopqrstuvwxyz');
}

/** Bytes with no pattern of a page or buffer size in them. */
export function noise(count) {
  const block = randomBytes(999_983);
  return Buffer.alloc(count, block);
}
