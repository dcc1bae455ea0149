/** Stock tus and SFTP clients against the composed product, whose gates are killed with -9 in the middle of an upload. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Upload } from 'tus-js-client';
import { connectEngine } from '#host/engine-socket/client.ts';
import type { EntryOf } from '#model/events.ts';
import { run } from '../sftp/processes.ts';
import { filmAt, startProduct } from './facility.ts';
import type { Freelancer, Product } from './facility.ts';
import { until } from '../until.ts';

const FILM_BYTES = 24_000_000;
const KILLS = 3;

let product: Product;
before(async () => {
  product = await startProduct();
  await product.project('alpha');
});
after(() => product.close());

test('a tus upload goes on after each kill -9 of the portal, and arrives whole', { timeout: 60_000 }, async () => {
  const robin = await product.freelancer('alpha');
  const film = filmAt(join(dirname(robin.keyPath), 'reel.mov'), FILM_BYTES, randomBytes);
  let [kills, resumed] = [0, 0];
  await new Promise<void>((resolve, reject) => {
    const upload = new Upload(film as unknown as Blob, {
      // in Node the client takes a Buffer
      endpoint: `${product.portal}/uploads`,
      headers: { cookie: robin.client.cookie, origin: product.portal, 'x-picturelock': '1' },
      metadata: { project: 'alpha', path: 'incoming', filename: 'reel.mov' },
      chunkSize: 2_000_000,
      retryDelays: Array.from({ length: 60 }, () => 100),
      onShouldRetry: () => {
        resumed += 1;
        return true;
      },
      onChunkComplete: (_, accepted) => {
        if (kills >= KILLS || accepted < (kills + 1) * 5_000_000) return;
        kills += 1;
        product.kill('portal');
      },
      onSuccess: () => resolve(),
      onError: reject,
    });
    upload.start();
  });
  assert.equal(kills, KILLS);
  assert.ok(resumed >= KILLS, `${resumed} times it was told to try again`);
  assert.deepEqual((await accepted('incoming/reel.mov')).data.sha256, sha256(film));
  const back = await robin.client.downloadHash('alpha', 'incoming/reel.mov');
  assert.deepEqual(back, { sha256: sha256(film), sizeBytes: film.byteLength }, 'and she is still signed in');
});

test('an sftp upload whose gate is killed has no name, and reput finishes it', { timeout: 60_000 }, async () => {
  const robin = await product.freelancer('alpha');
  const path = join(dirname(robin.keyPath), 'wild.mov');
  const film = filmAt(path, FILM_BYTES, randomBytes);
  const first = sftp(robin, ['-l', '60000'], `put ${path} /alpha/incoming/wild.mov`);
  await until(async () => (await kinds('file.write-opened', 'incoming/wild.mov')) > 0, 'it began');
  await new Promise((done) => setTimeout(done, 300));
  product.kill('sftp');
  assert.notEqual((await first).code, 0);
  await until(async () => (await sftp(robin, [], 'ls /alpha')).code === 0, 'the gate is back');
  assert.equal(await kinds('file.accepted', 'incoming/wild.mov'), 0, 'no half file has its name');
  const second = await sftp(robin, [], `reput ${path} /alpha/incoming/wild.mov`);
  assert.equal(second.code, 0, second.err);
  assert.deepEqual((await accepted('incoming/wild.mov')).data.sha256, sha256(film));
});

function sftp(robin: Freelancer, flags: readonly string[], command: string) {
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${robin.keyPath}.known`, 'IdentityAgent=none'];
  const all = ['-F', 'none', '-i', robin.keyPath, '-P', String(product.sftp.port), ...flags];
  const given = [...all, ...options.flatMap((option) => ['-o', option]), '-b', '-', `robin@${product.sftp.host}`];
  return run('/usr/bin/sftp', given, { input: `${command}\n` });
}

async function accepted(path: string): Promise<EntryOf<'file.accepted'>> {
  const engine = await connectEngine(product.data);
  const { entries } = await engine.search({ kind: 'file.accepted', path, limit: 5 });
  await engine.close();
  const [entry] = entries.map((placed) => placed.entry);
  if (entries.length !== 1 || entry?.kind !== 'file.accepted') throw new Error(`${entries.length} entries for ${path}`);
  return entry;
}

async function kinds(kind: string, path: string): Promise<number> {
  const engine = await connectEngine(product.data);
  const { entries } = await engine.search({ kind, path, limit: 5 });
  await engine.close();
  return entries.length;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
