/** The program that listens to the kernel, compiled from sentinel.c where there is a compiler. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '#host/process/built-code.mjs';
import { Fault } from '#std/refused.ts';

const run = promisify(execFile);
const SOURCE = join(ROOT, 'src', 'host', 'nft', 'sentinel.c');
const COMPILE_MS_MAX = 60_000;

/** `undefined` without a compiler. The name holds the hash of the source, so an old one is never run by a new version. */
export async function installSentinel(folder: string, compiler = 'cc'): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12);
  const path = join(folder, `picturelock-sentinel-${hash}`);
  if (existsSync(path)) return path;
  const made = `${path}.${process.pid}.new`;
  try {
    await run(compiler, ['-O2', '-Wall', '-o', made, SOURCE], { timeout: COMPILE_MS_MAX });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new Fault('sentinel-not-compiled', `${compiler} could not compile sentinel.c`, { cause });
  }
  renameSync(made, path);
  return path;
}
