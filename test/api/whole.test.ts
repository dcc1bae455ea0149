/** The API over the product as it is started: separate processes, the real ledger on disk, real proofs and bundles. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { API_PREFIX, REQUEST_HEADER } from '#api/endpoints.ts';
import { hashesFromTiles } from '#ledger/tile-source.ts';
import { makeInclusionProof, rootFromInclusion } from '#ledger/proof.ts';
import { allTiles, tilePath } from '#ledger/tile.ts';
import { parseTlogProof } from '#ledger/tlog-proof.ts';
import { parseCheckpoint } from '#ledger/checkpoint.ts';
import { parseNote } from '#ledger/note.ts';
import { toHex } from '#std/bytes.ts';
import { endWithFile, stopProcess } from '../started.ts';
import { Browser, createFacility } from './world.ts';
import type { Found } from './world.ts';

const READY_MS = 90_000;
let folder: string;
let facility: ChildProcess;
let world: Found;
let owner: Browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'picturelock-whole-'));
  await start('127.0.0.1:0');
  ({ browser: owner } = await createFacility(world));
});

after(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(listen: string): Promise<void> {
  const args = [
    'src/main.ts',
    'start',
    '--data',
    folder,
    '--listen',
    listen,
    '--sftp',
    '127.0.0.1:0',
    '--pages',
    '/nonexistent',
  ];
  facility = spawn(process.execPath, args, {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithFile(facility);
  let errors = '';
  facility.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const origin = await Promise.race([
    readyOrigin(facility),
    once(facility, 'exit').then(() => Promise.reject(new Error(`the start failed: ${errors.slice(-2000)}`))),
    new Promise<never>((_, failed) =>
      setTimeout(() => failed(new Error(`not ready: ${errors.slice(-2000)}`)), READY_MS).unref(),
    ),
  ]);
  world = { portal: { origin, port: Number(new URL(origin).port) } };
}

async function readyOrigin(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = /ready portal=(\S+)/.exec(line)?.[1];
    if (origin !== undefined) return origin;
  }
  throw new Error('the output ended');
}

async function stop(): Promise<void> {
  await stopProcess(facility, () => void facility.kill('SIGTERM'));
}

test('the example facility fills an empty one, once', async () => {
  const made = await owner.call('example-facility');
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.ok(made.body.projects.length >= 3);
  assert.equal((await owner.call('example-facility')).body.code, 'not-empty');
  const today = await owner.call('today');
  assert.equal(today.status, 200, JSON.stringify(today.body));
});

test('an entry comes with a proof that leads to the signed root', async () => {
  const page = await owner.call('search-ledger', { query: { kind: 'project.created', limit: 1 } });
  const index = page.body.entries[0]?.index ?? -1;
  const entry = await sealedEntry(index);
  const { proof, checkpoint } = parseTlogProof(entry.proof ?? '');
  const head = parseCheckpoint(parseNote(checkpoint).text);
  assert.equal(toHex(rootFromInclusion(index, head.size, Buffer.from(entry.leafHash, 'hex'), proof)), toHex(head.root));
  assert.equal(entry.world.size, index + 1);
});

/** Seals follow within a fraction of a second; the answer says so by its proof. */
async function sealedEntry(index: number) {
  for (let tries = 0; tries < 50; tries += 1) {
    const { body } = await owner.call('see-entry', { params: { index } });
    if (body.proof !== undefined) return body;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error('not sealed');
}

test('the public log reproduces its own root from its tiles', async () => {
  const checkpoint = await owner.fetch('/log/checkpoint');
  assert.equal(checkpoint.status, 200);
  const head = parseCheckpoint(parseNote(await checkpoint.text()).text);
  const tiles = new Map<string, Uint8Array>();
  for (const tile of allTiles(head.size)) {
    const response = await owner.fetch(`/log/${tilePath(tile)}`);
    assert.equal(response.status, 200, tilePath(tile));
    const bytes = new Uint8Array(await response.arrayBuffer());
    assert.equal(bytes.byteLength, tile.width * 32);
    tiles.set(`${tile.level}/${tile.index}`, bytes);
  }
  const source = hashesFromTiles((level, index) => tiles.get(`${level}/${index}`));
  for (const index of [0, Math.floor(head.size / 2), head.size - 1]) {
    const proof = makeInclusionProof(index, head.size, source);
    assert.equal(toHex(rootFromInclusion(index, head.size, source(0, index), proof)), toHex(head.root));
  }
  assert.equal((await new Browser(world).fetch('/log/checkpoint')).status, 401);
});

test('a bundle is exported, verifies, and one altered byte is refused', async () => {
  const projects = await owner.call('list-projects');
  const alias = projects.body.projects[0]?.alias ?? '';
  const response = await owner.fetch(`${API_PREFIX}/projects/${alias}/bundle`, {
    method: 'POST',
    body: '{}',
    headers: { [REQUEST_HEADER]: '1', 'content-type': 'application/json' },
  });
  assert.equal(response.status, 200, response.headers.get('content-type') ?? '');
  assert.match(response.headers.get('content-disposition') ?? '', new RegExp(`picturelock-${alias}`));
  const zip = new Uint8Array(await response.arrayBuffer());
  assert.equal((await verified(zip)).holds, true);
  const altered = Uint8Array.from(zip);
  const middle = Math.floor(altered.length / 2);
  altered[middle] = (altered[middle] ?? 0) ^ 1;
  assert.equal((await verified(altered)).holds, false);
  const exported = await owner.call('search-ledger', { query: { kind: 'bundle.exported' } });
  assert.equal(exported.body.entries.length, 1);
});

async function verified(zip: Uint8Array): Promise<{ readonly holds: boolean }> {
  const response = await owner.fetch(`${API_PREFIX}/bundles/verification`, {
    method: 'POST',
    body: Uint8Array.from(zip),
    headers: { [REQUEST_HEADER]: '1', 'content-type': 'application/zip' },
  });
  assert.equal(response.status, 200);
  return (await response.json()) as { readonly holds: boolean };
}

test('ending access cuts on every gate, and each gives its receipt', async () => {
  const people = await owner.call('list-people');
  const person = people.body.people.find(({ projects, roles }) => projects.length > 0 && roles.length === 0);
  assert.ok(person !== undefined);
  const ended = await owner.call('end-all-access', { params: { person: person.id }, body: { reason: 'left early' } });
  assert.equal(ended.status, 200, JSON.stringify(ended.body));
  const cut = await owner.call('see-cut', { params: { cut: ended.body.cut }, query: { wait: 5000 } });
  assert.deepEqual(
    [cut.body.cut.complete, cut.body.cut.receipts.map(({ gate }) => gate).sort()],
    [true, ['portal', 'sftp']],
  );
  assert.ok(cut.body.cut.receipts.every(({ probe }) => probe.bytesStopped && probe.accessRefused));
});

test('a signed-in browser is still signed in after everything was restarted', async () => {
  await stop();
  const { cookie } = owner;
  await start(`127.0.0.1:${world.portal.port}`);
  owner = new Browser(world);
  owner.cookie = cookie;
  assert.equal((await owner.call('me')).status, 200);
});
