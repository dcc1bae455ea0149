/** A file of very many pieces, on its way from the thread that read it to the manifest, and nothing is lost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { BlobIndex } from './blob-index.ts';
import { receivedFile, sentFile } from './file-message.ts';
import { createManifest, readManifest } from './manifest.ts';
import type { FileDone } from './work.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'picturelock-long-'));
after(() => rmSync(folder, { recursive: true }));

const HOLE = hash('sha256', 'a hole', 'hex');

function read(pieces: number): FileDone {
  const content = Array.from({ length: pieces }, (_, i) => (i % 700 === 0 ? hash('sha256', `${i}`, 'hex') : HOLE));
  const lengths = content.map((id, i) => (id === HOLE ? 524_288 : 600_000 + i));
  const times = { size: 1n, mtimeNs: 2n, ctimeNs: 3n };
  return { job: 1, steadiness: 'steady', content, lengths, bytes: 1, addedBytes: 1, ...times };
}

for (const pieces of [0, 1, 999, 1000, 1024, 1025, 2049, 5000])
  test(`${pieces} pieces arrive as they were sent`, async () => {
    const done = read(pieces);
    const arrived = receivedFile(structuredClone(sentFile(done)));
    assert.deepEqual(arrived, done);
    const path = Buffer.from('/shows/nightjar/disk "pieces":[] %.raw');
    const node = { size: 7n, content: arrived.content } as unknown as TreeNode; // all that a manifest asks of it
    const file = join(folder, 'manifest');
    const repository = { index: new BlobIndex() }; // every length is told
    using manifest = createManifest({ repository, root: '/shows/nightjar', file });
    manifest.add({ path, node, read: { ...arrived, isHeld: true }, before: undefined });
    const { sha256 } = await manifest.done();
    const row = {
      path: 'disk "pieces":[] %25.raw',
      size: 7,
      pieces: done.content.map((id, i) => [done.lengths[i], id]),
      held: true,
    };
    assert.deepEqual(readManifest(readFileSync(file)), [row]);
    assert.equal(sha256, hash('sha256', `${JSON.stringify(row)}\n`, 'hex'));
  });
