/** The sealer and the public files over real folders: tiles at every size, checkpoints that only grow, and the Yeti defence. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpointStore, readCheckpoint } from './checkpoint-store.ts';
import { openCommitLog } from './commit-log.ts';
import { openLedgerFiles } from './ledger-files.ts';
import { ledgerFolders } from './ledger-folders.ts';
import type { LedgerFolders } from './ledger-folders.ts';
import { createLedgerReader } from './ledger-reader.ts';
import { createNodeDisk } from './node-disk.ts';
import { openSealer } from './seal.ts';
import { openTileFiles } from './tile-files.ts';
import { createRandom } from '#host/random.ts';
import { openSigningKeys } from '#host/keys/signing-keys.ts';
import { logVerifierKeys, openCheckpoint } from '#ledger/checkpoint.ts';
import { createFrontier } from '#ledger/frontier.ts';
import { leafHash } from '#ledger/hash.ts';
import { hashesFromTiles, tilesForRanges } from '#ledger/tile-source.ts';
import { inclusionRanges, makeInclusionProof, verifyInclusion } from '#ledger/proof.ts';
import { tilePath } from '#ledger/tile.ts';
import type { Sealer } from '#ports/sealer.ts';

const ORIGIN = 'dailies.example/audit';
const entry = (n: number): Buffer => Buffer.from(`{"n":${n}}`);

interface World {
  readonly folders: LedgerFolders;
  seal(size: number, at: number): Promise<void>;
  reopen(): Promise<Sealer>;
  close(): Promise<void>;
}

async function world(t: { after(run: () => unknown): void }, entries: number): Promise<World> {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-seal-'));
  const folders = ledgerFolders(data);
  mkdirSync(folders.log, { recursive: true });
  const log = await openCommitLog({
    disk: createNodeDisk(folders.log),
    random: createRandom(),
    segmentBytes: 256 * 1024,
  });
  for (let n = 0; n < entries; n += 500)
    await log.append(Array.from({ length: Math.min(500, entries - n) }, (_, i) => entry(n + i)));
  const open = (): Promise<Sealer> =>
    openSealer({
      reader: createLedgerReader(createNodeDisk(folders.log, { readOnly: true })),
      tiles: openTileFiles(folders.tiles),
      checkpointFolder: folders.checkpoints,
      keys: openSigningKeys(folders.keys),
      size: log.size,
    });
  let sealer = await open();
  const close = async (): Promise<void> => {
    await sealer.close();
    await log.close();
  };
  t.after(() => rmSync(data, { recursive: true, force: true }));
  return {
    folders,
    seal: async (size, at) => void (await sealer.seal(size, at, ORIGIN)),
    async reopen() {
      await sealer.close();
      sealer = await open();
      return sealer;
    },
    close,
  };
}

test('at every sealed size the public files prove every entry, and nothing beyond is served', async (t) => {
  const { folders, seal, close } = await world(t, 1300);
  const files = openLedgerFiles(folders);
  const frontier = createFrontier();
  const keys = logVerifierKeys(ORIGIN, openSigningKeys(folders.keys));
  let at = 1_800_000_000_000;
  for (const size of [1, 2, 255, 256, 257, 511, 512, 700, 1024, 1300]) {
    await seal(size, (at += 1000));
    while (frontier.size < size) frontier.appendEntry(entry(frontier.size));
    const sealed = await files.sealed();
    assert.ok(sealed !== undefined);
    const { root } = openCheckpoint(sealed.note, [keys.ed25519, keys.mlDsa44]);
    assert.deepEqual(Buffer.from(root), Buffer.from(frontier.root()));
    for (const index of new Set([0, Math.floor(size / 3), size - 1])) {
      const tiles = new Map<string, Uint8Array>();
      for (const tile of tilesForRanges(inclusionRanges(index, size), size)) {
        tiles.set(`${tile.level}/${tile.index}`, (await files.file(tilePath(tile))) ?? new Uint8Array());
      }
      const proof = makeInclusionProof(
        index,
        size,
        hashesFromTiles((level, tile) => tiles.get(`${level}/${tile}`)),
      );
      verifyInclusion(index, size, leafHash(entry(index)), proof, root);
    }
    const [full, width] = [Math.floor(size / 256), size % 256];
    assert.notEqual(
      await files.file(
        `tile/0/${String(width === 0 ? full - 1 : full).padStart(3, '0')}${width === 0 ? '' : `.p/${width}`}`,
      ),
      undefined,
    );
    assert.equal(
      await files.file(`tile/0/${String(full).padStart(3, '0')}${width === 255 ? '' : `.p/${width + 1}`}`),
      undefined,
    );
    assert.equal(await files.file('../keys/ledger-ed25519.pem'), undefined);
  }
  await assert.rejects(files.read(0, 1301)[Symbol.asyncIterator]().next(), { code: 'not-sealed' });
  await files.close();
  await close();
});

test('it signs neither into the past nor less than before, and comes back where it was', async (t) => {
  const { seal, reopen, folders, close } = await world(t, 600);
  await seal(600, 2000);
  await assert.rejects(seal(600, 1999), { code: 'seal-refused' });
  await assert.rejects(seal(599, 3000), { code: 'seal-refused' });
  const again = await reopen();
  assert.equal(again.view?.size, 600);
  assert.equal(readCheckpoint(folders.checkpoints)?.size, 600);
  await close();
});

test('a stored checkpoint by other keys, or one that says something else, does not start', async (t) => {
  const { seal, reopen, folders, close } = await world(t, 10);
  await seal(10, 2000);
  const path = join(folders.checkpoints, 'checkpoints');
  const whole = readFileSync(path);
  for (const name of ['ledger-ed25519.pem', 'ledger-ml-dsa-44.pem']) rmSync(join(folders.keys, name));
  await assert.rejects(reopen(), { code: 'signature' });
  writeFileSync(path, whole);
  await close().catch(() => undefined);
});

test('the checkpoint store keeps whole lines only, and tells when somebody else writes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-checkpoints-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const view = (size: number) => ({ size, root: new Uint8Array(32).fill(size), note: `note ${size}`, sealedAt: size });
  const store = openCheckpointStore(folder);
  const [first, second] = [view(1), view(2)];
  store.replace(undefined, first);
  store.replace(first, second);
  assert.throws(() => store.replace(first, view(3)), { code: 'checkpoint-conflict' });
  assert.throws(() => store.replace(second, view(1)), { code: 'checkpoint-conflict' });
  appendFileSync(join(folder, 'checkpoints'), '{"note":"torn');
  assert.throws(() => store.replace(second, view(3)), { code: 'checkpoint-conflict' });
  store.close();
  assert.equal(readCheckpoint(folder)?.size, 2);
  const again = openCheckpointStore(folder);
  assert.equal(again.view?.note, 'note 2');
  again.replace(again.view, view(3));
  again.close();
  assert.equal(readCheckpoint(folder)?.size, 3);
});
