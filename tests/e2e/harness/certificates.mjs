// Makes certificate authorities and certificates for one test by openssl.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './process.mjs';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

async function openssl(...args) {
  const { code, stderr } = await run('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}

/** A new authority in `folder`; returns the paths of its certificate and key. */
export async function makeAuthority(folder, name = 'authority') {
  const certificate = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  await openssl('req', '-x509', ...KEY, '-subj', `/CN=${name}`, '-days', '2',
    '-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', key, '-out', certificate);
  return { certificate, key };
}

/** { cert, key } in PEM for a TLS server with these host names, signed by the authority. */
export async function makeCertificate(folder, authority, names) {
  const path = (ending) => join(folder, `${names[0]}.${ending}`);
  await writeFile(path('ext'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
  await openssl('req', ...KEY, '-subj', `/CN=${names[0]}`, '-keyout', path('key'), '-out', path('csr'));
  await openssl('x509', '-req', '-in', path('csr'), '-CA', authority.certificate, '-CAkey', authority.key,
    '-CAcreateserial', '-days', '2', '-extfile', path('ext'), '-out', path('pem'));
  return { cert: await readFile(path('pem')), key: await readFile(path('key')) };
}
