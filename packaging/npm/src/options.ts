// Options of the client: types, validation, and the program's arguments.
import { MissingUserTokenError } from './errors';
import type { LogLevel } from './logger';

export type GatewayProtocol = 'http' | 'https';

export type AgentConnectClientOptions = {
  /** Required: user API token (Bearer), the token of a single Aluvia user or agent. */
  token: string;
  /** Base URL of the Aluvia API. Default: 'https://api.aluvia.io'. */
  apiBaseUrl?: string;
  /** Time between two polls of the configuration, 1000 to 86400000 ms. Default: 5000. */
  pollIntervalMs?: number;
  /** How the proxy talks to the gateway. Default: 'http'. */
  gatewayProtocol?: GatewayProtocol;
  /** Port of the gateway. Default: 8080 for 'http', 8443 for 'https'. */
  gatewayPort?: number;
  /** Port of the local proxy on 127.0.0.1. Default: a free one. */
  localPort?: number;
  /** Patterns of hosts that no client may reach, such as '@trackers', '*:25' or '10.0.0.0/8'. */
  block?: string[];
  /** Patterns of hosts that clients may reach, and no others. */
  only?: string[];
  /** Let requests outside of `only` through, and log each host once. Default: false. */
  onlyAudit?: boolean;
  /** Gateway bytes of a day or a month, such as '5GB/day' or 'shop.test=500MB/month'; then the gateway is closed. */
  budgets?: string[];
  /**
   * Where AUTO is among the rules, list hosts that block direct requests ('suggest'), or send them through the gateway for a day ('learn'): above
   * all those of reportBlocked(). Default: 'off'.
   */
  auto?: 'off' | 'suggest' | 'learn';
  /** Verbosity of the log on stderr. Default: 'info'. */
  logLevel?: LogLevel;
};

/** The options as `process.env` gives them: without the variable, `token` is undefined and an error at run time. */
export type ClientInput = Omit<AgentConnectClientOptions, 'token'> & { token: string | undefined };

/** Returns what a value has to be, or undefined if it is that. */
type Check = (value: unknown) => string | undefined;

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a string');

function integer(least: number, most: number): Check {
  return (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `a whole number from ${least} to ${most}`;
}

function oneOf(...values: string[]): Check {
  return (value) => (values.includes(value as string) ? undefined : `one of '${values.join("', '")}'`);
}

const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

const texts: Check = (value) =>
  Array.isArray(value) && value.every((one) => text(one) === undefined) ? undefined : 'an array of strings';

const checks: Record<keyof AgentConnectClientOptions, Check> = {
  token: text,
  apiBaseUrl: text,
  pollIntervalMs: integer(1000, 86_400_000),
  gatewayProtocol: oneOf('http', 'https'),
  gatewayPort: integer(1, 65_535),
  localPort: integer(0, 65_535),
  block: texts,
  only: texts,
  onlyAudit: flag,
  budgets: texts,
  auto: oneOf('off', 'suggest', 'learn'),
  logLevel: oneOf('silent', 'info', 'debug'),
};

/** Returns a copy of the options. Throws MissingUserTokenError, or TypeError for an unknown option or a bad value. */
export function checkOptions(given: ClientInput): AgentConnectClientOptions {
  const token = given?.token;
  if (token === undefined || token === null || (typeof token === 'string' && token.trim() === '')) {
    throw new MissingUserTokenError('Aluvia user token is required; pass it as the option token');
  }
  const options = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of options) {
    if (!Object.hasOwn(checks, name)) throw new TypeError(`unknown option '${name}'`);
    const expected = checks[name as keyof AgentConnectClientOptions](value);
    // The value is left out: it may be the token.
    if (expected !== undefined) throw new TypeError(`cannot use option ${name}: it takes ${expected}`);
  }
  return Object.fromEntries(options) as AgentConnectClientOptions;
}

/** Seconds that open connections get when the proxy stops. */
export const STOP_GRACE_S = 5;

/** Returns the program's arguments. Options that are not given keep the program's defaults and ALUVIA_ variables. */
export function programArguments(options: AgentConnectClientOptions): string[] {
  const { apiBaseUrl, pollIntervalMs, gatewayProtocol, gatewayPort, localPort = 0, logLevel } = options;
  const { block = [], only = [], onlyAudit, budgets = [], auto } = options;
  const given = {
    'api-base-url': apiBaseUrl,
    'poll-interval': pollIntervalMs,
    'gateway-protocol': gatewayProtocol,
    'gateway-port': gatewayPort,
    'only-audit': onlyAudit,
    auto,
  };
  return [
    'run',
    ...['--token-file', '/dev/fd/3', '--host', '127.0.0.1', '--port', String(localPort)],
    ...['--output', 'json', '--log-format', 'json', '--log-level', logLevel === 'debug' ? 'debug' : 'info'],
    ...['--shutdown-grace', `${STOP_GRACE_S}s`, '--exit-with-parent'],
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    ...block.map((pattern) => `--block=${pattern}`),
    ...only.map((pattern) => `--only=${pattern}`),
    ...budgets.map((budget) => `--budget=${budget}`),
  ];
}

// The program must not find another token, and it must not speak for a service that Node is.
const HIDDEN = [
  'ALUVIA_TOKEN',
  'ALV_USER_TOKEN',
  'ALUVIA_TOKEN_FILE',
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'LISTEN_FDS',
];

/** Returns the environment of the program and of its commands. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !HIDDEN.includes(name)));
}
