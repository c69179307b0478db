// AgentConnectClient: starts, changes and stops one proxy for one token.
import { EventEmitter } from 'node:events';
import { findBinary } from './binary';
import type { BlockReport } from './blocks';
import { ask } from './commands';
import { ProxyStartError } from './errors';
import { createLogger, type Logger, type LogRecord } from './logger';
import {
  type AgentConnectClientOptions,
  type ClientInput,
  checkOptions,
  programArguments,
  programEnvironment,
  STOP_GRACE_S,
} from './options';
import { Program, type ProgramExit, STOPPED } from './Program';
import { type RequestRecord, requestArguments } from './requests';
import { type AgentConnectSession, Session } from './Session';
import { type Usage, type UsageOptions, usageWords } from './usage';
import { type WatchablePage, type WatchOptions, watchPage } from './watchPage';

/** The configuration that is in force after a change. */
export interface AgentConnectConfig {
  /** Counts the configurations of this proxy, from 1. */
  configuration: number;
  rules: string[];
  local_rules: string[];
  session_id: string | null;
  target_geo: string | null;
}

/** Where a request would go, and why. */
export interface Explanation {
  host: string;
  port: number;
  route: 'direct' | 'gateway' | 'rejected';
  /** The rule that decides; missing if none matches. */
  rule?: string;
  configuration: number;
  [detail: string]: unknown;
}

/** The route of a reported site. */
export interface BlockAnswer extends Explanation {
  /** Reports since the proxy started. */
  reports: number;
  /** 'learned': the next request to the host takes the gateway; see the option `auto`. */
  effect: 'learned' | 'suggested' | 'none';
  /** Why it has no other effect; absent where the proxy does not learn. */
  effect_reason?: string;
}

export interface ClientEvents {
  /** The proxy has a new configuration. */
  config: (record: LogRecord) => void;
  /** A request or tunnel ended; told at most a tenth of a second later. */
  request: (record: RequestRecord) => void;
  /** A block was reported to the proxy. */
  blocked: (report: BlockReport) => void;
  /** The proxy's process ended after it had listened; a later start() starts another one. */
  exit: (exit: ProgramExit) => void;
}

// Events of the program's log.
const CONFIG_EVENTS = /^(config_loaded|config_changed|local_rules_changed)$/;

/** The state of one process; each start makes another. */
interface Run {
  program: Program;
  session: Promise<Session>;
  /** The same session, once the proxy listens. */
  listening?: Session;
}

export class AgentConnectClient extends EventEmitter {
  readonly #options: AgentConnectClientOptions;
  readonly #log: Logger;
  readonly #endsOfWatches = new Set<() => void>();
  #run: Run | undefined;
  /** Calls of stop(), by which a start that waits for the end of the last proxy sees that it is not wanted anymore. */
  #stops = 0;

  /** Throws MissingUserTokenError, or TypeError for an unknown option or a bad value. */
  constructor(options: ClientInput) {
    super();
    this.#options = checkOptions(options);
    this.#log = createLogger(this.#options.logLevel ?? 'info');
  }

  override on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): this {
    return super.on(event, listener);
  }

  override once<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): this {
    return super.once(event, listener);
  }

  override off<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): this {
    return super.off(event, listener);
  }

  /**
   * Starts the proxy, or returns the session of the one that runs or is being started. Rejected with
   * InvalidUserTokenError, ApiError or ProxyStartError; then nothing runs.
   */
  start(): Promise<AgentConnectSession> {
    const session = this.#start();
    session.catch(() => {}); // a caller that waits gets the rejection; without one it is no unhandled one
    return session;
  }

  /** Stops the proxy, also while it starts; resolved when its process has ended. */
  async stop(): Promise<void> {
    this.#stops += 1;
    this.#run?.listening?.release();
    await this.#run?.program.stop();
  }

  /** Replaces the account's rules. */
  async updateRules(rules: string[]): Promise<AgentConnectConfig> {
    return this.#ask(rules.length === 0 ? ['rules', 'clear'] : ['rules', 'set', ...rules.map(word)]);
  }

  /** Begins the session of that name; null ends the account's session. */
  async updateSessionId(sessionId: string | null): Promise<AgentConnectConfig> {
    return this.#ask(['rotate', sessionId === null ? '--clear' : word(sessionId)]);
  }

  /** Begins a new session, and so gets a new exit address. */
  async rotate(): Promise<AgentConnectConfig> {
    return this.#ask(['rotate']);
  }

  /** Moves the exit to another place, such as 'us-ny'; null leaves the choice to Aluvia. */
  async updateTargetGeo(geo: string | null): Promise<AgentConnectConfig> {
    return this.#ask(['geo', geo === null ? '--clear' : word(geo)]);
  }

  /** Tells where a request for this URL or host would go, and by which rule. */
  async explain(url: string): Promise<Explanation> {
    return this.#ask(['explain', word(url)]);
  }

  /** Returns the traffic that the proxy has counted. */
  async usage(options: UsageOptions = {}): Promise<Usage> {
    return this.#ask(usageWords(options));
  }

  /** Tells the proxy that a site blocked a request; returns the site's route and the number of reports. */
  async reportBlocked(report: BlockReport): Promise<BlockAnswer> {
    const { url, status, reason } = report;
    const details = Object.entries({ status, reason }).filter(([, value]) => value !== undefined);
    const words = details.map(([name, value]) => `--${name}=${value}`);
    const answer = await this.#ask<BlockAnswer>(['blocked', word(url), ...words]);
    this.emit('blocked', report);
    return answer;
  }

  /** Reports the blocks that a page of Playwright or Puppeteer meets; returns a function that ends it. */
  watchPage(page: WatchablePage, options: WatchOptions = {}): () => void {
    const end = watchPage(page, options, this, (message) => this.#log({ level: 'debug', message }));
    this.#endsOfWatches.add(end);
    return () => {
      this.#endsOfWatches.delete(end);
      end();
    };
  }

  async #start(): Promise<Session> {
    const stops = this.#stops;
    // The port is free again when the process has ended.
    while (this.#run?.program.isStopping) await this.#run.program.exited;
    if (stops !== this.#stops) throw new ProxyStartError(STOPPED);
    this.#run ??= this.#launch();
    return this.#run.session;
  }

  #launch(): Run {
    const path = findBinary();
    const env = programEnvironment();
    const program = new Program({
      path,
      env,
      args: [...programArguments(this.#options), ...requestArguments(env)],
      token: this.#options.token,
      killAfterMs: (STOP_GRACE_S + 2) * 1000,
      onRecord: (record) => this.#receive(record),
      onRequest: (record) => this.emit('request', record),
      onExit: (exit) => this.#receiveExit(exit),
    });
    const session = program.listening.then((address) => {
      const made = new Session(address, { path, env, port: address.port }, program);
      if (this.#run?.program === program) this.#run.listening = made;
      return made;
    });
    session.catch(() => {}); // as Program.listening
    return { program, session };
  }

  #receive(record: LogRecord): void {
    this.#log(record);
    const event = record.event ?? '';
    if (CONFIG_EVENTS.test(event)) this.emit('config', record);
  }

  #receiveExit(exit: ProgramExit): void {
    const session = this.#run?.listening;
    this.#run = undefined;
    for (const end of this.#endsOfWatches) end();
    this.#endsOfWatches.clear();
    session?.release();
    if (session) this.emit('exit', exit);
  }

  async #ask<T>(words: string[]): Promise<T> {
    if (!this.#run)
      throw new Error(`cannot ask the proxy (${words[0]}): it does not run; call start() first`);
    return ask<T>((await this.#run.session).target, words);
  }
}

/** Returns `text` if the program takes it as a word, and not as an option. */
function word(text: string): string {
  if (typeof text !== 'string' || text === '' || text.startsWith('--') || text.includes('\0')) {
    throw new TypeError(
      'cannot use a rule, session, geo or URL: it has to be a text that does not begin with --',
    );
  }
  return text;
}
