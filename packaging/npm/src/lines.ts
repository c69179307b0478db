// Splits a stream into lines, with a limit for the length of a line.
import type { Readable } from 'node:stream';

const LONGEST = 64 * 1024;

/** Calls `receive` for each line; a line beyond 64 Ki characters is dropped. Reads the stream to its end. */
export function readLines(stream: Readable, receive: (line: string) => void): void {
  let rest = '';
  let isTooLong = false;
  stream.setEncoding('utf8');
  stream.on('error', () => {}); // 'close' of the process follows
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!isTooLong) receive(line);
      isTooLong = false;
    }
    if (rest.length > LONGEST) {
      rest = '';
      isTooLong = true;
    }
  });
}
