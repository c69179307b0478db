// Settings of the proxy in the form that each client library takes.
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';

export interface PlaywrightProxy {
  server: string;
  bypass?: string;
  username?: string;
  password?: string;
}

export interface NodeAgents {
  http: HttpAgent;
  https: HttpsAgent;
}

export interface AxiosConfig {
  proxy: false;
  httpAgent: HttpAgent;
  httpsAgent: HttpsAgent;
}

export interface GotOptions {
  agent: NodeAgents;
}

/** undici's Dispatcher. Its type is not named, because undici is optional. */
// biome-ignore lint/suspicious/noExplicitAny: a named type would need undici's declarations in every project
export type UndiciDispatcher = any;

interface Undici {
  ProxyAgent: new (options: { uri: string }) => UndiciDispatcher;
  fetch: (input: unknown, init: object) => Promise<Response>;
}

type AgentClass<T> = new (url: string, options: { keepAlive: boolean }) => T;

export function playwrightProxy(env: Record<string, string>): PlaywrightProxy {
  const {
    ALUVIA_PROXY_SERVER: server = '',
    ALUVIA_PROXY_USERNAME: username,
    ALUVIA_PROXY_PASSWORD: password,
    NO_PROXY = '',
  } = env;
  // Browsers read an IPv6 address only in brackets.
  const bypass = NO_PROXY.split(',')
    .filter((host) => host !== '::1')
    .join(',');
  return { server, bypass, ...(username && { username, password: password ?? '' }) };
}

/** `url` has the credentials of the proxy, if it asks for some. */
export function nodeAgents(url: string): NodeAgents {
  const { HttpProxyAgent } = load<{ HttpProxyAgent: AgentClass<HttpAgent> }>(
    'http-proxy-agent',
    'asNodeAgents()',
  );
  const { HttpsProxyAgent } = load<{ HttpsProxyAgent: AgentClass<HttpsAgent> }>(
    'https-proxy-agent',
    'asNodeAgents()',
  );
  return {
    http: new HttpProxyAgent(url, { keepAlive: true }),
    https: new HttpsProxyAgent(url, { keepAlive: true }),
  };
}

export function undiciDispatcher(url: string): UndiciDispatcher {
  return new (load<Undici>('undici', 'asUndiciDispatcher()').ProxyAgent)({ uri: url });
}

/** Node's own fetch takes no dispatcher of another undici, so this is the fetch of the installed one. */
export function undiciFetch(dispatcher: UndiciDispatcher): typeof fetch {
  const undici = load<Undici>('undici', 'asUndiciFetch()');
  return (input, init) => undici.fetch(input, { ...init, dispatcher });
}

function load<T>(name: string, adapter: string): T {
  try {
    return require(name) as T;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`)) {
      throw new Error(
        `cannot load ${name}: ${adapter} needs it, and it is not installed; npm install ${name}`,
      );
    }
    if (code === 'ERR_REQUIRE_ESM') {
      throw new Error(
        `cannot load ${name}: this version is an ES module, which Node ${process.version} cannot load here; npm install ${name}@7`,
      );
    }
    throw error;
  }
}
