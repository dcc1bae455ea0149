/** Puts the relay where sshd may run it: compiled from relay.c, or, where there is no compiler, a script around Node. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '#host/process/built-code.mjs';
import { Fault } from '#std/refused.ts';
import { isPlainPath } from '#host/sshd/sshd-config.ts';

const run = promisify(execFile);
const HERE = join(ROOT, 'src', 'host', 'sshd');
const SOURCE = join(HERE, 'relay.c');
const FALLBACK = join(HERE, 'relay-fallback.ts');
const COMPILE_MS_MAX = 60_000;

export interface RelayProgram {
  readonly path: string;
  readonly kind: 'native' | 'node';
}

/** The name holds the hash of the source, so an old one is never run by a new version. */
export async function installRelay(
  folder: string,
  options: { readonly compiler?: string } = {},
): Promise<RelayProgram> {
  if (!isPlainPath(folder))
    throw new Fault('relay-path-not-plain', `${folder} holds characters that sshd would split; choose a plain path`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const source = readFileSync(SOURCE);
  const path = join(folder, `picturelock-relay-${createHash('sha256').update(source).digest('hex').slice(0, 12)}`);
  if (existsSync(path)) return { path, kind: 'native' };
  const compiler = options.compiler ?? 'cc';
  const made = `${path}.${process.pid}.new`;
  try {
    await run(compiler, ['-O2', '-Wall', '-o', made, SOURCE, '-pthread'], { timeout: COMPILE_MS_MAX });
  } catch (error) {
    if (!isMissing(error))
      throw new Fault('relay-not-compiled', `${compiler} could not compile relay.c`, { cause: error });
    return installFallback(folder);
  }
  chmodSync(made, 0o755);
  renameSync(made, path);
  return { path, kind: 'native' };
}

function installFallback(folder: string): RelayProgram {
  const path = join(folder, 'picturelock-relay-node');
  const made = `${path}.${process.pid}.new`;
  writeFileSync(made, `#!/bin/sh\nRELAY_NAME="$0" exec ${shellWord(process.execPath)} ${shellWord(FALLBACK)} "$@"\n`, {
    mode: 0o755,
  });
  renameSync(made, path);
  return { path, kind: 'node' };
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * sshd runs a key command only when it and every folder above it belong to root and nobody else can write there. Says what is wrong,
 * in words, before sshd says it in its log.
 */
export function unsafeParts(path: string): readonly string[] {
  const wrong: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const { uid, mode } = lstatSync(at);
    if (uid !== 0) wrong.push(`${at} does not belong to root`);
    if (mode & 0o022) wrong.push(`${at} can be written by others than root`);
    if (at === dirname(at)) return wrong;
  }
}
