// Finds the fields that a kubectl does not know: it reads an object into its types and writes it again, which drops unknown fields
// and rejects those of the wrong type. `set env --local` is the command that does so without a server.
import { kubectl } from './kubectl.mjs';

const PROBE = 'ROUND_TRIP';

function* lost(original, returned, path) {
  if (original === null || typeof original !== 'object') {
    if (String(original) !== String(returned)) yield path;
    return;
  }
  for (const [key, value] of Object.entries(original)) {
    if (returned === null || typeof returned !== 'object' || !(key in returned)) yield `${path}.${key}`;
    else yield* lost(value, returned[key], `${path}.${key}`);
  }
}

/** Paths of the fields that `tool` does not know. */
export function lostFields(tool, object) {
  const text = kubectl(tool, ['set', 'env', '--local', '-f', '-', '-o', 'json', `${PROBE}=1`], JSON.stringify(object));
  return [...lost(object, JSON.parse(text), object.kind)];
}
