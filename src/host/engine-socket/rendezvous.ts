/**
 * Where gates find the engine: `run/engine.json` beneath the data folder, readable by its owner only, with the socket's path and a
 * secret that is new at every start.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** What the system takes as a socket's path, with room to spare. */
const SOCKET_PATH_BYTES_MAX = 100;
const FILE_NAME = 'engine.json';

const schema = z.strictObject({ socket: z.string(), secret: z.string(), pid: z.int() });
export type Rendezvous = z.infer<typeof schema>;

/** A free path for the socket, in a folder that only its owner can enter. */
export function socketPath(data: string): string {
  const folder = runFolder(data);
  const near = join(folder, 'engine.sock');
  if (Buffer.byteLength(near) <= SOCKET_PATH_BYTES_MAX) {
    rmSync(near, { force: true }); // left by a process that was killed; the ledger's lock says that it is gone
    return near;
  }
  return join(mkdtempSync(join(tmpdir(), 'picturelock-')), 'engine.sock');
}

export function publish(data: string, rendezvous: Rendezvous): void {
  const path = join(runFolder(data), FILE_NAME);
  writeFileSync(`${path}.tmp`, JSON.stringify(rendezvous), { mode: 0o600 });
  chmodSync(`${path}.tmp`, 0o600);
  renameSync(`${path}.tmp`, path);
}

/** Undefined when no engine has been here. */
export function lookUp(data: string): Rendezvous | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(join(data, 'run', FILE_NAME), 'utf8')));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

export function withdraw(data: string): void {
  rmSync(join(data, 'run', FILE_NAME), { force: true });
}

function runFolder(data: string): string {
  const folder = join(data, 'run');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}
