/** The ledger over HTTP, mirrored file by file and checked by Go's own sumdb packages: code that we did not write. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readPublicKeys } from '#host/keys/signing-keys.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import { logVerifierKeys, parseCheckpoint } from '#ledger/checkpoint.ts';
import { parseNote } from '#ledger/note.ts';
import { allTiles, entryBundlePath, TILE_WIDTH, tilePath } from '#ledger/tile.ts';
import { renderVkey } from '#ledger/vkey.ts';
import { toBase64 } from '#std/bytes.ts';
import { ROOT } from '../source-files.ts';
import { startProduct } from './facility.ts';
import type { Product } from './facility.ts';

const GOPATH = '/usr/share/gocode';
const skip = existsSync(`${GOPATH}/src/golang.org/x/mod/sumdb/tlog`)
  ? false
  : "NOT CHECKED: needs Debian's golang-go and golang-golang-x-mod-dev";

let product: Product;
before(async () => {
  product = await startProduct();
});
after(() => product.close());

async function served(path: string): Promise<Buffer | undefined> {
  const response = await fetch(`${product.portal}/log/${path}`, { headers: { cookie: product.owner.cookie } });
  return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
}

/** The newest checkpoint once it covers so many entries: seals follow entries within a fraction of a second. */
async function checkpoint(sizeMin: number) {
  for (let tries = 0; tries < 100; tries += 1) {
    const bytes = await served('checkpoint');
    const head = bytes === undefined ? undefined : { bytes, ...parseCheckpoint(parseNote(bytes.toString()).text) };
    if (head !== undefined && head.size >= sizeMin) return head;
    await new Promise((done) => setTimeout(done, 50));
  }
  return assert.fail('it was not sealed in time');
}

/** Every file of the log at one size, named as the C2SP page names them. */
async function mirror(folder: string, head: Awaited<ReturnType<typeof checkpoint>>): Promise<void> {
  const bundles = Array.from({ length: Math.ceil(head.size / TILE_WIDTH) }, (_, n) =>
    entryBundlePath(n, Math.min(TILE_WIDTH, head.size - n * TILE_WIDTH)),
  );
  for (const name of [...allTiles(head.size).map(tilePath), ...bundles]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), (await served(name)) ?? assert.fail(`${name} is not served`));
  }
  writeFileSync(join(folder, 'checkpoint'), head.bytes);
}

test(
  'a mirror of the served log holds, is consistent with an older checkpoint, and one altered byte is caught',
  { skip, timeout: 120_000 },
  async () => {
    const older = await checkpoint(1);
    await product.owner.call('POST', '/first-run/example');
    await product.project('alpha');
    const robin = await product.freelancer('alpha');
    await product.end(robin.engagement);
    const head = await checkpoint(older.size + 50);
    const folder = join(product.folder, 'mirror');
    await mirror(folder, head);

    const program = join(product.folder, 'check');
    const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '', CGO_ENABLED: '0' };
    const built = spawnSync('go', ['build', '-o', program, join(ROOT, 'test/vectors/go/check.go')], {
      encoding: 'utf8',
      env,
    });
    assert.equal(built.status, 0, built.stderr);
    const vkey = renderVkey(logVerifierKeys(head.origin, readPublicKeys(ledgerFolders(product.data).keys)).ed25519);
    const check = () =>
      spawnSync(program, [folder, vkey, String(older.size), toBase64(older.root)], { encoding: 'utf8' });
    const held = check();
    assert.deepEqual([held.status, held.stdout], [0, `${head.size} entries\n`], held.stderr);

    const bundle = join(folder, entryBundlePath(0, Math.min(TILE_WIDTH, head.size)));
    const altered = readFileSync(bundle);
    altered[100] = (altered[100] ?? 0) ^ 1;
    writeFileSync(bundle, altered);
    assert.match(check().stderr, /leaf mismatch/);
  },
);
