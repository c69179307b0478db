// Finds the native program, and explains why it cannot be run.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ProxyStartError } from './errors';

/** Packages of the native program, by Node's names of platform and processor. */
const PACKAGES: Record<string, string> = {
  'linux-x64': '@aluvia/aluvia-connect-linux-x64',
  'linux-arm64': '@aluvia/aluvia-connect-linux-arm64',
};

const OVERRIDE = 'ALUVIA_CONNECT_BINARY';

/** Returns the path of the program: that of ALUVIA_CONNECT_BINARY, else the one in the platform's package. */
export function findBinary(): string {
  const override = process.env[OVERRIDE];
  if (override) {
    if (existsSync(override)) return override;
    throw new ProxyStartError(
      `cannot find the program: ${OVERRIDE} names ${override}, which does not exist; correct its path`,
    );
  }
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (!name) {
    const known = Object.keys(PACKAGES).join(' and ');
    throw new ProxyStartError(
      `cannot find the program: there is no package for ${platform}, only for ${known}; ` +
        `set ${OVERRIDE} to a program that you built`,
    );
  }
  return binaryIn(name, platform);
}

function binaryIn(name: string, platform: string): string {
  try {
    return join(require.resolve(`${name}/package.json`), '..', 'bin', 'aluvia-connect');
  } catch {
    throw new ProxyStartError(
      `cannot find the program for ${platform}: the optional dependency ${name} is not installed, probably because of ` +
        '--no-optional or --omit=optional, or a lock file or node_modules from another platform; install again without them',
    );
  }
}

/** Returns the error for a program that the system could not run. */
export function spawnError(path: string, error: NodeJS.ErrnoException): ProxyStartError {
  return new ProxyStartError(`cannot run ${path}: ${reason(path, error)}`);
}

function reason(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES')
    return `it may not be executed; chmod +x it, or install the package again on a file system without noexec`;
  // The kernel reports a missing program interpreter, which is that of the C library, like a missing program.
  if (code === 'ENOENT' && existsSync(path)) {
    return 'its C library (glibc 2.36 or later) is not on this system, which is probably Alpine or another one with musl; use one with glibc';
  }
  if (code === 'ENOENT') return 'it does not exist; install the package again';
  return `${message}; check that it is a program for ${process.platform}-${process.arch}`;
}
