/** What stock restic writes, read by us: keys, config, indexes, snapshots, packs, and trees that encode to the same bytes again. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRepository, nameOf, openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { decodePackHeader, encodePackHeader, headerLength, PACK_TAIL_BYTES } from '#vault/format/pack-format.ts';
import { decodeTree, encodeTree } from '#vault/format/tree-format.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import { isIrreducible } from '#vault/format/config-format.ts';
import { Fault } from '#std/refused.ts';

const PASSWORD = 'a password for tests';
const folder = mkdtempSync(join(tmpdir(), 'picturelock-stock-'));
const source = join(folder, 'source');
const place = join(folder, 'repository');
after(() => rmSync(folder, { recursive: true }));

function restic(...args: readonly string[]): string {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, RESTIC_PASSWORD: PASSWORD };
  return execFileSync('restic', ['-r', place, '--no-cache', ...args], { env, encoding: 'utf8', stdio: 'pipe' });
}

let repository: Repository;

before(async () => {
  mkdirSync(join(source, 'sub'), { recursive: true });
  const names = ['a.txt', 'quo"te\\back', 'new\nline', 'amp<&>', 'ünïcode·あ', 'tab\t\u0001\u007f', '\u2028line', '🎬'];
  for (const name of names) writeFileSync(join(source, 'sub', name), `content of ${name}`);
  writeFileSync(Buffer.concat([Buffer.from(`${source}/sub/bad`), Buffer.of(0xff, 0xfe, 0xc3)]), 'not UTF-8');
  writeFileSync(join(source, 'empty'), '');
  writeFileSync(join(source, 'large'), Buffer.alloc(3 << 20, 'large and even '));
  symlinkSync('sub/a.txt', join(source, 'link'));
  linkSync(join(source, 'empty'), join(source, 'hard'));
  execFileSync('mkfifo', ['-m', '640', join(source, 'fifo')]);
  restic('init', '-q');
  restic('backup', '-q', '--tag', 'one', source);
  repository = await openRepository({ store: openFolderStore(place), password: PASSWORD });
});

test('the key opens with the password and with no other', async () => {
  assert.ok(isIrreducible(repository.config.polynomial));
  const wrong = openRepository({ store: openFolderStore(place), password: 'another' });
  await assert.rejects(wrong, (error) => error instanceof Fault && error.code === 'wrong-password');
});

test('every tree decodes, and encodes to the bytes it is named by', async () => {
  let trees = 0;
  for (const [id, { type }] of repository.index.entries()) {
    if (type !== 'tree') continue;
    const plain = await repository.readBlob('tree', id);
    assert.equal(encodeTree(decodeTree(plain)).toString(), plain.toString());
    assert.equal(nameOf(encodeTree(decodeTree(plain))), id);
    trees += 1;
  }
  assert.ok(trees >= 3);
});

test('every pack header decodes to what the index says, and encodes to the same bytes', async () => {
  for (const pack of repository.index.packs) {
    const bytes = await repository.store.get('data', pack);
    const length = headerLength(bytes.subarray(-PACK_TAIL_BYTES), bytes.length);
    const sealed = bytes.subarray(bytes.length - PACK_TAIL_BYTES - length, bytes.length - PACK_TAIL_BYTES);
    const header = repository.sealer.open(sealed);
    const blobs = decodePackHeader(header);
    assert.deepEqual(encodePackHeader(blobs), header);
    for (const { id, ...blob } of blobs) assert.deepEqual(repository.index.get(id), { pack, ...blob });
  }
});

test('snapshots say what was taken, and a file comes back byte by byte', async () => {
  const [snapshot] = await repository.snapshots();
  assert.deepEqual(snapshot?.paths, [source]);
  assert.deepEqual(snapshot?.tags, ['one']);
  const deep = async (tree: string, path: readonly string[]): Promise<Buffer> => {
    const node = (await repository.readTree(tree)).find(({ name }) => Buffer.from(name).toString() === path[0]);
    if (node?.subtree !== undefined) return deep(node.subtree, path.slice(1));
    const parts = (node?.content ?? []).map((id) => repository.readBlob('data', id));
    return Buffer.concat(await Promise.all(parts));
  };
  const large = await deep(snapshot?.tree ?? '', [...source.split('/').slice(1), 'large']);
  assert.ok(large.equals(Buffer.alloc(3 << 20, 'large and even ')));
});

test('stock restic opens a repository that we made', async () => {
  const ours = join(folder, 'ours');
  const owner = { username: 'x', hostname: 'y', created: new Date(0).toISOString() };
  await createRepository({ store: openFolderStore(ours), password: PASSWORD }, owner);
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, RESTIC_PASSWORD: PASSWORD };
  execFileSync('restic', ['-r', ours, '--no-cache', '-q', 'backup', join(source, 'sub')], { env, stdio: 'pipe' });
  execFileSync('restic', ['-r', ours, '--no-cache', '-q', 'check', '--read-data'], { env, stdio: 'pipe' });
  const again = await openRepository({ store: openFolderStore(ours), password: PASSWORD });
  assert.equal((await again.snapshots()).length, 1);
});
