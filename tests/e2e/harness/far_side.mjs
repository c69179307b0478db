// Program in the far network: gives a sandbox, which listens on loopback only, an address that other networks reach. It forwards
// the TCP ports in its arguments, and its name server resolves every name to this address.
//
//   node far_side.mjs ADDRESS PORT…        prints the name server's address; SIGUSR2 resets the forwarded connections
import net from 'node:net';
import { answer, NameServer } from './name_server.mjs';
import { Scope } from './scope.mjs';

const [address, ...ports] = process.argv.slice(2);
const outer = new Set();

for (const port of ports.map(Number)) {
  await new Promise((resolve) => net.createServer((socket) => passOn(socket, port)).listen(port, address, resolve));
}
const names = await NameServer.start(new Scope(), (question) => [answer(question, { addresses: [address] })], address);
process.on('SIGUSR2', () => {
  for (const socket of outer) socket.resetAndDestroy();
  console.log('reset');
});
console.log(names.address);

function passOn(socket, port) {
  outer.add(socket);
  const inner = net.connect(port, '127.0.0.1');
  for (const [one, other] of [[socket, inner], [inner, socket]]) {
    one.on('error', () => {});
    one.once('close', () => { outer.delete(one); other.destroy(); });
    one.pipe(other);
  }
}
