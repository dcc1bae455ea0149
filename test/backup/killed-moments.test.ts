/**
 * Jobs killed with SIGKILL at each step of their talk with a vault: between the last pack and the index, the index and the snapshot, the snapshot and its
 * manifest; in the middle of a restore and of a drill. A door before the vault holds one request until the process is dead; then the job is done again.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { serveTestVault, START, tokenOf } from '../vault/attacks/served-vault.ts';
import type { ServedVault } from '../vault/attacks/served-vault.ts';
import { filesOf } from './lost-facility.ts';
import type { Job, TakenAnswer } from '#host/backup/job.ts';
import { runJob } from '#host/backup/run-job.ts';
import { Fault } from '#std/refused.ts';

const FILES = 12;
const SEED = Number(process.env['SEED'] ?? 1 + (Date.now() % 1000));
let served: ServedVault;
let source: string;
let taken: TakenAnswer;
before(async () => {
  served = await serveTestVault([{ name: 'edit' }]);
  await served.service.vault.openWindow(60);
  source = join(served.folder, 'source');
  mkdirSync(join(source, 'media'));
  for (let n = 0; n < FILES; n += 1)
    writeFileSync(join(source, 'media', `clip ${n}.bin`), seededBytes(SEED + n, 700_000));
  writeFileSync(join(served.folder, 'credential'), `edit:${tokenOf('edit')}\n`);
});
after(() => served.close());

interface Door {
  readonly port: number;
  readonly held: Promise<void>;
  close(): void;
}

/** Passes requests to the vault; the n-th that fits is held for ever, before the vault hears of it. */
async function openDoor(fits: (asked: IncomingMessage) => boolean, nth: number): Promise<Door> {
  const { promise: held, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  const server = createServer((asked, answer) => {
    if (fits(asked)) seen += 1;
    if (seen >= nth) return resolve();
    const { method, url: path, headers } = asked;
    const onward = request(
      { host: '127.0.0.1', port: served.service.port, method, path, headers, agent: false },
      (from) => {
        answer.writeHead(from.statusCode ?? 500, from.headers);
        from.pipe(answer);
      },
    );
    for (const stream of [asked, answer, onward]) stream.on('error', () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    port,
    held,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const posts = (type: string) => (asked: IncomingMessage) =>
  asked.method === 'POST' && asked.url?.startsWith(`/edit/${type}/`) === true;
const packReads = (asked: IncomingMessage): boolean =>
  asked.method === 'GET' && /^\/edit\/data\/[0-9a-f]{64}/.test(asked.url ?? '');

function at(port: number) {
  return {
    place: {
      kind: 'rest',
      url: `http://127.0.0.1:${port}/edit/`,
      credentialFile: join(served.folder, 'credential'),
    },
    passwordFile: join(served.folder, 'password'),
  } as const;
}

/** Held at the request, killed there, and the dead process said so. */
async function killAt(job: (port: number) => Job, fits: (asked: IncomingMessage) => boolean, nth = 1): Promise<void> {
  const door = await openDoor(fits, nth);
  const kill = new AbortController();
  try {
    const dying = runJob(job(door.port), { signal: kill.signal });
    const early = dying.then(
      () => assert.fail('it ended before it could be killed'),
      () => undefined,
    );
    await Promise.race([door.held, early]);
    kill.abort();
    await assert.rejects(dying, (cause) => cause instanceof Fault && cause.code === 'job-died');
  } finally {
    door.close();
  }
}

const take = (port: number): Extract<Job, { kind: 'take' }> => ({
  kind: 'take',
  ...at(port),
  source,
  at: START,
  host: 'here',
  tags: ['killed'],
  scratch: join(served.folder, 'scratch'),
  journal: join(served.folder, 'journal'),
});

for (const [moment, fits, nth] of [
  ['the last pack and the index', posts('index'), 1],
  ['the index and the snapshot', posts('snapshots'), 1],
  ['the snapshot and its manifest', posts('snapshots'), 2],
] as const)
  test(`a backup that is killed between ${moment} is whole when it is done again (SEED=${SEED})`, async () => {
    writeFileSync(join(source, 'media', 'new.bin'), seededBytes(SEED + moment.length, 300_000));
    await killAt(take, fits, nth);
    taken = await runJob(take(served.service.port));
    assert.deepEqual([taken.files, taken.unsteady], [FILES + 1, 0]);
    assert.equal(existsSync(join(served.folder, 'journal')), false);
    const checked = await served.restic('check', '--read-data', '--no-lock', '--no-cache');
    assert.equal(checked.code, 0, checked.out + checked.err);
  });

test('a restore that is killed among its packs is whole when it is done again', async () => {
  const target = join(served.folder, 'target');
  const restore = (port: number): Extract<Job, { kind: 'restore' }> => {
    rmSync(target, { recursive: true, force: true }); // as each restore begins
    mkdirSync(target);
    return { kind: 'restore', ...at(port), snapshot: taken.snapshot, path: '', target };
  };
  await killAt(restore, packReads, 2);
  const done = await runJob(restore(served.service.port));
  assert.deepEqual(done.failed, []);
  assert.deepEqual(filesOf(done.root), filesOf(source));
});

test('a drill that is killed among its packs holds when it is done again', async () => {
  const { snapshot, manifestSha256 } = taken;
  const drill = (port: number): Extract<Job, { kind: 'drill' }> => {
    const scratch = join(served.folder, 'drill');
    rmSync(scratch, { recursive: true, force: true }); // as each drill begins
    const production = join(served.folder, 'production');
    const seeded = { seed: String(SEED), roomBytes: 2 ** 30 };
    return { kind: 'drill', ...at(port), snapshot, manifestSha256, ...seeded, scratch, production };
  };
  await killAt(drill, packReads, 2);
  const done = await runJob(drill(served.service.port));
  assert.deepEqual([done.mismatches, done.isolated], [[], true]);
  assert.equal(done.files, FILES + 1);
  assert.equal(readFileSync(join(served.folder, 'password'), 'utf8'), 'a password\n');
});
