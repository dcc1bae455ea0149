/** The bundle of the composed product: the same bytes through every door, and an off-boarding receipt that says what OR-3.2 asks for. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { renderLogPolicy } from '#ledger/policy.ts';
import { verifyBundle } from '#ledger/verifier/verify.mjs';
import { verifierKey } from '#ledger/vkey.ts';
import type { ProjectId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';
import { openBundles } from '../../src/cli/evidence.ts';
import { filmAt, startProduct } from './facility.ts';
import { until as waitFor } from '../until.ts';
import type { Product } from './facility.ts';

let product: Product;
let from: number;
let until: number;
before(async () => {
  product = await startProduct();
  await product.project('alpha');
  const robin = await product.freelancer('alpha');
  from = Date.now();
  const film = join(dirname(robin.keyPath), 'take.mov');
  filmAt(film, 300_000, randomBytes);
  await robin.client.upload('alpha', 'incoming/take.mov', film);
  await robin.client.downloadHash('alpha', 'incoming/take.mov');
  await product.end(robin.engagement);
  until = Date.now();
  await product.project('later'); // a range ends at what was sealed after it: nothing at all may be, where all was sealed before
  await sealed();
});
after(() => product.close());

/** Everything up to then is under a signed checkpoint. */
async function sealed(): Promise<void> {
  const { project } = await product.owner.call<{ project: { id: ProjectId } }>('GET', '/projects/alpha');
  const bundles = await openBundles(product.data, { keys: openSubjectKeys(product.data) });
  const isSealed = async (): Promise<boolean> => !isRefused(await bundles.export(project.id, { from, until }));
  await new Promise((done) => setTimeout(done, 1_000)); // nothing more happens
  await waitFor(isSealed, 'everything is sealed');
}

test('the console twice and the API once give the same bytes for the same ledger and range', async () => {
  const { project } = await product.owner.call<{ project: { id: ProjectId } }>('GET', '/projects/alpha');
  const console = await openBundles(product.data, { keys: openSubjectKeys(product.data) });
  const byConsole: Uint8Array[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const made = await console.export(project.id, { from, until });
    assert.ok(!isRefused(made), JSON.stringify(made));
    byConsole.push(made.value.zip);
  }
  const byApi = await product.owner.raw('POST', '/api/v1/projects/alpha/bundle', { from, until });
  for (const zip of byConsole) assert.ok(Buffer.from(zip).equals(byApi), 'the same bytes');
});

test('the off-boarding receipt names the date, who signed it off, and the proof of each gate', async () => {
  const zip = unzipSync(await product.owner.raw('POST', '/api/v1/projects/alpha/bundle', {}));
  const report = Buffer.from(zip['report.html'] ?? []).toString();
  const [, receipt = ''] = /<div class="receipt">([\s\S]*?)<\/table><\/div>/.exec(report) ?? [];
  assert.match(receipt, /Robin 1 · Assistant editor/);
  assert.match(receipt, new RegExp(`<dt>Date</dt><dd>${new Date(until).toISOString().slice(0, 10)}`));
  assert.match(receipt, /<dt>Signed off by<\/dt><dd>Olive Owner<\/dd>/);
  assert.match(receipt, /<dt>Reason<\/dt><dd>ended by hand: “Delivered\.”<\/dd>/);
  for (const gate of ['portal', 'sftp'])
    assert.match(receipt, new RegExp(`<td>${gate}</td>[^\n]*proven</span> bytes stopped`));
});

test('the keys that the facility shows check its bundles; another facility’s do not', async () => {
  const { policy, keys } = await product.owner.call<{ policy: string; keys: { algorithm: string; sha256: string }[] }>(
    'GET',
    '/ledger/keys',
  );
  assert.deepEqual(
    keys.map(({ algorithm, sha256 }) => [algorithm, sha256.length]),
    [
      ['Ed25519', 64],
      ['ML-DSA-44', 64],
    ],
  );
  const zip = Buffer.from(await product.owner.raw('POST', '/api/v1/projects/alpha/bundle', {}));
  const { holds, lines } = verifyBundle(zip, { policy });
  assert.equal(holds, true, JSON.stringify(lines));
  const others = {
    ed25519: verifierKey('other.example/ledger', 1, generateKeyPairSync('ed25519').publicKey),
    mlDsa44: verifierKey('other.example/ledger', 6, generateKeyPairSync('ml-dsa-44').publicKey),
  };
  assert.equal(verifyBundle(zip, { policy: renderLogPolicy(others) }).holds, false);
});
