// A running proxy: its address, its settings for client libraries, and its end.
import {
  type AxiosConfig,
  type GotOptions,
  type NodeAgents,
  nodeAgents,
  type PlaywrightProxy,
  playwrightProxy,
  type UndiciDispatcher,
  undiciDispatcher,
  undiciFetch,
} from './adapters';
import { askNow, type Target } from './commands';
import type { Program } from './Program';

export type AgentConnectSession = {
  /** Address where the proxy listens: '127.0.0.1'. */
  host: string;
  /** Port where the proxy listens. */
  port: number;
  /** URL of the proxy, such as 'http://127.0.0.1:54321'. */
  url: string;
  /** Stops this proxy; resolved when its process has ended. */
  stop(): Promise<void>;
  /** The same as stop(). */
  close(): Promise<void>;
  /** URL with user and password, if the proxy asks for them; else the same as `url`. */
  getUrl(): string;
  /** Proxy variables for a child process. */
  env(): Record<string, string>;
  /** Arguments with which Chromium sends everything but loopback through the proxy: no QUIC, no WebRTC beside it. */
  browserArgs(): string[];
  /** For Playwright's `proxy` option. */
  asPlaywright(): PlaywrightProxy;
  /** For Puppeteer's `args`. */
  asPuppeteer(): string[];
  /** For Selenium's `addArguments()`. */
  asSelenium(): string;
  /** Needs http-proxy-agent and https-proxy-agent. The agents end with the session. */
  asNodeAgents(): NodeAgents;
  /** For `axios.create()`; needs what asNodeAgents() needs. */
  asAxiosConfig(): AxiosConfig;
  /** For `got.extend()`; needs what asNodeAgents() needs. */
  asGotOptions(): GotOptions;
  /** Needs undici. The dispatcher ends with the session. */
  asUndiciDispatcher(): UndiciDispatcher;
  /** A fetch() through the proxy; needs undici. */
  asUndiciFetch(): typeof fetch;
};

/** Settings and agents are made when they are first asked for, once for each session. */
export class Session implements AgentConnectSession {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Where commands about this proxy go. */
  readonly target: Target;
  readonly #program: Program;
  #env: Record<string, string> | undefined;
  #agents: NodeAgents | undefined;
  #dispatcher: UndiciDispatcher;

  constructor(address: { host: string; port: number; url: string }, target: Target, program: Program) {
    this.host = address.host;
    this.port = address.port;
    this.url = address.url;
    this.target = target;
    this.#program = program;
  }

  stop(): Promise<void> {
    this.release();
    return this.#program.stop();
  }

  close(): Promise<void> {
    return this.stop();
  }

  getUrl(): string {
    return this.#variables.ALUVIA_PROXY_URL ?? this.url;
  }

  env(): Record<string, string> {
    return { ...this.#variables };
  }

  browserArgs(): string[] {
    return askNow<string[]>(this.target, ['browser-args']);
  }

  asPlaywright(): PlaywrightProxy {
    return playwrightProxy(this.#variables);
  }

  asPuppeteer(): string[] {
    return this.browserArgs();
  }

  // addArguments() takes one argument a string, so the others of browserArgs() are left out.
  asSelenium(): string {
    return `--proxy-server=${this.url}`;
  }

  asNodeAgents(): NodeAgents {
    this.#agents ??= nodeAgents(this.getUrl());
    return this.#agents;
  }

  asAxiosConfig(): AxiosConfig {
    const { http, https } = this.asNodeAgents();
    return { proxy: false, httpAgent: http, httpsAgent: https };
  }

  asGotOptions(): GotOptions {
    return { agent: this.asNodeAgents() };
  }

  asUndiciDispatcher(): UndiciDispatcher {
    this.#dispatcher ??= undiciDispatcher(this.getUrl());
    return this.#dispatcher;
  }

  asUndiciFetch(): typeof fetch {
    return undiciFetch(this.asUndiciDispatcher());
  }

  /** Closes the idle connections of the agents, so that the proxy need not wait for them. */
  release(): void {
    this.#agents?.http.destroy();
    this.#agents?.https.destroy();
    this.#dispatcher?.close().catch(() => {});
    this.#dispatcher = undefined;
    this.#agents = undefined;
  }

  get #variables(): Record<string, string> {
    this.#env ??= askNow<Record<string, string>>(this.target, ['env']);
    return this.#env;
  }
}
