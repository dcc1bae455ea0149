/**
 * A port of 127.0.0.1 for a program that cannot be asked which one it took. It lies below the range from which the system gives ports to
 * whoever connects (32768 and up on Linux), so nobody takes it by accident before the program binds it.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const [FIRST, LAST] = [15_000, 32_000];
const TRIES_MAX = 50;

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
