// Starts `aluvia-connect mcp`: for the official client of the Model Context Protocol, or for messages byte by byte.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { aluviaConnect, launch } from './aluvia_connect.mjs';
import { cleanEnvironment } from './process.mjs';
import { until } from './until.mjs';

/** A connected client of the official SDK, which starts the server as its child and ends it with the scope. */
export async function mcpClient(scope, { args = [], env = {} } = {}) {
  const client = new Client({ name: 'aluvia-connect-e2e', version: '1.0.0' });
  // Dies with this process, also if that is killed.
  const command = ['--pdeathsig', 'KILL', aluviaConnect, 'mcp', ...args];
  const transport = new StdioClientTransport({ command: 'setpriv', args: command, env: cleanEnvironment(env), stderr: 'pipe' });
  scope.defer(() => client.close());
  await client.connect(transport);
  return client;
}

const isAnswerTo = (id) => (reply) => (Array.isArray(reply) ? reply : [reply]).some((one) => one.id === id);

/** A server whose input and output the test writes and reads itself. */
export class RawMcp {
  constructor(scope, { args = [], env = {} } = {}) {
    this.process = launch(scope, ['mcp', ...args], { env });
    this.#stdin = this.process.child.stdin;
  }

  #stdin;
  #lastId = 0;

  /** Every line of output so far, parsed: a line that is no JSON is an error. */
  get replies() { return this.process.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line)); }

  write(bytes) { this.#stdin.write(bytes); }
  send(message) { this.write(`${JSON.stringify(message)}\n`); }
  close() { this.#stdin.end(); }

  /** The first reply that `matches`. */
  reply(matches) { return until('a reply', () => this.replies.find(matches)); }
  replyTo(id) { return this.reply(isAnswerTo(id)); }

  /** Sends a request with an id of its own and returns its reply. */
  async ask(method, params) {
    const id = this.request(method, params);
    return this.replyTo(id);
  }

  /** Sends a request without waiting, and returns its id. */
  request(method, params) {
    const id = ++this.#lastId;
    this.send({ jsonrpc: '2.0', id, method, params });
    return id;
  }

  /** Begins a session of an older revision, and returns the reply. */
  async initialize(protocolVersion = '2025-11-25') {
    const reply = await this.ask('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } });
    this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return reply;
  }

  /** The result of a tool. */
  async call(name, args) {
    return (await this.ask('tools/call', { name, arguments: args })).result;
  }
}

/** `_meta` of a request of revision 2026-07-28. */
export const stateless = (version = '2026-07-28') => ({
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
});
