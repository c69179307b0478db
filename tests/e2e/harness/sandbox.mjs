// Starts `aluvia-connect sandbox` and talks to its control endpoints.
import assert from 'node:assert/strict';
import http from 'node:http';
import { launch } from './aluvia_connect.mjs';

export const DIRECT = 'direct.example';
export const PROXIED = 'proxied.example';
export const RULES = [PROXIED, `*.${PROXIED}`];

export class Sandbox {
  #process;
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  /** Starts a sandbox that ends with the scope. `start` replaces the way to start the program. */
  static async start(scope, { rules = RULES, args = [], start = launch } = {}) {
    const sandbox = new Sandbox();
    const ruleArgs = rules.flatMap((rule) => ['--rule', rule]);
    sandbox.#process = start(scope, ['sandbox', '--json', ...ruleArgs, ...args]);
    scope.defer(() => sandbox.#agent.destroy());
    Object.assign(sandbox, JSON.parse(await sandbox.#process.firstLine()));
    if (rules.length === 0) await sandbox.user({ rules }); // without --rule it has rules of its own
    return sandbox;
  }

  /** One that another program runs, for example `try`. */
  static at(scope, { api, token }) {
    const sandbox = Object.assign(new Sandbox(), { api, token });
    scope.defer(() => sandbox.#agent.destroy());
    return sandbox;
  }

  get process() { return this.#process; }

  async stop() {
    this.#agent.destroy();
    await this.#process.stop();
  }

  /** Address of the built-in origin under some host name. */
  http(host, path = '/') { return `http://${host}:${this.origin_port}${path}`; }
  https(host, path = '/') { return `https://${host}:${this.origin_tls_port}${path}`; }

  /** Options of `run` that point at this sandbox. */
  get runOptions() {
    return this.run_options;
  }

  get runOptionsWithoutToken() {
    const [flag, , ...rest] = this.run_options;
    assert.equal(flag, '--token');
    return rest;
  }

  /** Options of `run` under which names that resolve to this machine are rejected, as they are by default. */
  get waryRunOptions() {
    return this.run_options.filter((option) => option !== '--allow-loopback-names');
  }

  get tlsGatewayOptions() {
    return ['--gateway-protocol', 'https', '--gateway-port', String(this.gateway_tls_port)];
  }

  /** Returns what the sandbox has seen, without the questions of a `list` in another test, which looks for proxies at every port of this user. */
  async requests() {
    const seen = await this.#ask('GET', '/sandbox/requests');
    return { ...seen, requests: seen.requests.filter(({ path, way }) => way !== 'direct' || path !== '/status') };
  }

  clear() { return this.#ask('DELETE', '/sandbox/requests'); }
  user(change) { return this.#ask('PUT', '/sandbox/user', change); }
  faults({ api = null, gateway = null } = {}) { return this.#ask('PUT', '/sandbox/faults', { api, gateway }); }

  /** The change a user makes at the API, with the token. */
  patchUser(change) { return this.#ask('PATCH', '/user', change, { authorization: `Bearer ${this.token}` }); }

  async #ask(method, path, body, headers = {}) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const { status, answer } = await new Promise((resolve, reject) => {
      const request = http.request(new URL(path, this.api), {
        method,
        agent: this.#agent,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      }, async (response) => {
        const chunks = await response.toArray();
        resolve({ status: response.statusCode, answer: Buffer.concat(chunks).toString() });
      });
      request.on('error', reject);
      request.end(text);
    });
    if (status < 200 || status > 299) throw new Error(`sandbox: ${method} ${path}: ${status} ${answer}`);
    return answer === '' ? {} : JSON.parse(answer);
  }
}
