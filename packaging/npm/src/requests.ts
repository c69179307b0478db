// Tells the lines of the program's access log from those of its log; both come on stderr.
import type { LogRecord } from './logger';

/** A finished request or tunnel. A field that does not apply is null; times that end in `_ms` are milliseconds. */
export interface RequestRecord {
  /** When the head of the request was complete: UTC, RFC 3339. */
  time: string;
  /** Also in the proxy's own answers. */
  id: string | null;
  event: 'request' | 'tunnel';
  client: string | null;
  method: string | null;
  host: string | null;
  port: number | null;
  route: 'direct' | 'gateway' | null;
  /** The rule that decided, or a phrase where none did. */
  rule: string | null;
  action: 'forward' | 'refuse' | 'block';
  status: number | null;
  /** Error type of RFC 9209. */
  error: string | null;
  /** Connections to the site or the gateway on which the request was begun. */
  tries: number;
  config_version: number | null;
  dns_ms: number | null;
  connect_ms: number | null;
  gateway_ms: number | null;
  first_byte_ms: number | null;
  duration_ms: number;
  /** Bytes on the wire between the proxy and the site or gateway. */
  bytes_up: number;
  bytes_down: number;
  reused: boolean | null;
  /** One phrase about a failure, or the end of a tunnel. */
  reason: string | null;
}

/** Lines of the log have a message; those of the access log have none. */
export function isRequest(record: LogRecord | RequestRecord): record is RequestRecord {
  return !('message' in record) && (record.event === 'request' || record.event === 'tunnel');
}

/** Lets the program write the lines, unless its user has them in a file of their own. */
export function requestArguments(env: NodeJS.ProcessEnv): string[] {
  return env.ALUVIA_ACCESS_LOG ? [] : ['--access-log=-', '--access-log-format=json'];
}
