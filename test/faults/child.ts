/** Runs the engine's child and keeps the outside record of what it acknowledged. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { entryFrom } from '#engine/stamp.ts';
import { createRandom } from '#host/random.ts';
import { openCommitLog } from '#host/ledger/commit-log.ts';
import { createNodeDisk } from '#host/ledger/node-disk.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';

export const CHILD = join(import.meta.dirname, 'engine-child.ts');

export interface Life {
  readonly process: ChildProcess;
  /** Path by index, of every acknowledgement heard. */
  readonly acks: Map<number, string>;
  readonly faults: string[];
  /** Resolves after this many acknowledgements, or when the process ends. */
  acked(count: number): Promise<void>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function startLife(command: string, args: readonly string[]): Life {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } });
  const acks = new Map<number, string>();
  const faults: string[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void } | undefined;
  let rest = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-4000);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
    if (waiting !== undefined && acks.size >= waiting.count) waiting.resolve();
  });

  function hear(line: string): void {
    const [word, index, path] = line.split(' ');
    if (word === 'ack' && index !== undefined && path !== undefined) acks.set(Number(index), path);
    if (word === 'fault') faults.push(index ?? '');
  }
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      if (code !== 0 && code !== 3 && signal === null) faults.push(`exit ${code}: ${errors}`);
      resolve(code ?? signal ?? 'unknown');
      waiting?.resolve();
    });
  });
  return {
    process: child,
    acks,
    faults,
    ended,
    acked: (count) => new Promise((resolve) => (acks.size >= count ? resolve() : (waiting = { count, resolve }))),
  };
}

export function engineLife(data: string, run: number, writers = 16): Life {
  return startLife(process.execPath, [CHILD, data, String(run), String(writers)]);
}

export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `picturelock-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Opens the log as the next start would and finds every acknowledgement in its place. */
export async function checkAcks(data: string, acks: ReadonlyMap<number, string>): Promise<number> {
  const log = await openCommitLog({ disk: createNodeDisk(ledgerFolders(data).log), random: createRandom() });
  try {
    const lost: string[] = [];
    const [from, to] = [Math.min(...acks.keys(), log.size), log.size];
    let seen = 0;
    for await (const { index, bytes } of log.read(from, to)) {
      const path = acks.get(index);
      if (path === undefined) continue;
      seen += 1;
      if (entryFrom(bytes).about.path !== path) lost.push(`${index} ${path}`);
    }
    assert.deepEqual(lost, [], 'acknowledged, and something else in its place');
    assert.equal(seen, acks.size, `acknowledged ${acks.size}, found ${seen} of them`);
    return log.size;
  } finally {
    await log.close();
  }
}
