// Takes the place of an agent: requests a page with curl, which reads the proxy from the environment, prints the route that the
// request took, and ends with EXIT.
import { execFileSync } from 'node:child_process';

const head = execFileSync('curl', ['-q', '-sS', '-o', '/dev/null', '-D', '-', process.env.PAGE], { encoding: 'utf8' });
console.log(/^x-sandbox-via: (\S+)/im.exec(head)[1]);
process.exitCode = Number(process.env.EXIT ?? 0);
