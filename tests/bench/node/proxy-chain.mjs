// proxy-chain as its documentation starts it; told where by the environment (tests/bench/proxies/README.md).
import { Server } from 'proxy-chain';

const { BENCH_PORT, GATEWAY_PROTOCOL, GATEWAY_HOST, GATEWAY_PORT, GATEWAY_USER, GATEWAY_PASSWORD } = process.env;
const upstreamProxyUrl = GATEWAY_PROTOCOL
  ? `${GATEWAY_PROTOCOL}://${GATEWAY_USER}:${GATEWAY_PASSWORD}@${GATEWAY_HOST}:${GATEWAY_PORT}`
  : null;

const server = new Server({
  host: '127.0.0.1',
  port: Number(BENCH_PORT),
  // It holds the gateway's certificate against the name of the origin, so it is not asked to check.
  prepareRequestFunction: () => ({ upstreamProxyUrl, ignoreUpstreamProxyCertificate: true }),
});
await server.listen();
