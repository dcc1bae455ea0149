/** A backup to our vault server that is killed in the middle, held there by a line that stops carrying. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { serveTestVault, START, tokenOf } from '../vault/attacks/served-vault.ts';
import type { ServedVault } from '../vault/attacks/served-vault.ts';
import { openStallingProxy } from '../vault/stalling-proxy.ts';
import { ensurePassword } from '#host/backup/repository-keys.ts';
import { runJob } from '#host/backup/run-job.ts';
import type { JobOptions } from '#host/backup/run-job.ts';
import { Fault } from '#std/refused.ts';

const MIB = 1 << 20;
let served: ServedVault;

before(async () => {
  served = await serveTestVault([{ name: 'killed' }]);
  await served.service.vault.openWindow(10);
});
after(() => served.close());

const FILES = 16;
const FILE_BYTES = 3 * MIB;

function layTree(source: string): void {
  mkdirSync(join(source, 'a'), { recursive: true });
  for (let n = 0; n < 3; n += 1) writeFileSync(join(source, 'a', `cut ${n}.fcpxml`), seededBytes(50 + n, 300_000));
  for (let n = 0; n < FILES; n += 1) writeFileSync(join(source, `clip ${n}.bin`), seededBytes(100 + n, FILE_BYTES));
}

/** Resolves when the journal has what was read first. */
async function journalled(path: string, file: string, signal: AbortSignal): Promise<void> {
  const line = `{"path":"${Buffer.from(file).toString('base64')}"`;
  while (!existsSync(path) || !readFileSync(path, 'utf8').includes(line)) {
    signal.throwIfAborted();
    await new Promise((go) => setTimeout(go, 20));
  }
}

test('killed in the middle, it goes on without reading again what is stored, and judges what it saw before', async () => {
  const folder = join(served.folder, 'job');
  const [source, journal] = [join(folder, 'source'), join(folder, 'journal')];
  layTree(source);
  const credentialFile = join(folder, 'credential');
  writeFileSync(credentialFile, `killed:${tokenOf('killed')}\n`);
  const take = (port: number, options: JobOptions) =>
    runJob(
      {
        kind: 'take',
        place: { kind: 'rest', url: `http://127.0.0.1:${port}/killed/`, credentialFile },
        passwordFile: ensurePassword(folder, 'facility'),
        source,
        at: START,
        host: 'here',
        tags: ['killed'],
        scratch: join(folder, 'scratch'),
        journal,
        watch: { windows: [], usualBytes: [], decoys: false, replant: false },
      },
      options,
    );
  const proxy = await openStallingProxy(served.service.port, 24 * MIB);
  try {
    const kill = new AbortController();
    const killed = take(proxy.port, { signal: kill.signal });
    const early = killed.catch(() => kill.abort());
    await proxy.stalled;
    await journalled(journal, join(source, 'a', 'cut 2.fcpxml'), kill.signal);
    kill.abort();
    await early;
    await assert.rejects(killed, (cause) => cause instanceof Fault && cause.code === 'job-died');
  } finally {
    await proxy.close();
  }
  const taken = await take(served.service.port, {});
  const all = FILES * FILE_BYTES + 900_000;
  assert.deepEqual([taken.files, taken.bytes], [FILES + 3, all]);
  assert.ok(taken.readBytes <= all - 2 * FILE_BYTES, `${taken.readBytes} of ${all} bytes were read again`);
  assert.equal(taken.suspicion?.isAlarm, true, 'files that were read before the kill are judged, too');
  assert.equal(existsSync(journal), false);
});
