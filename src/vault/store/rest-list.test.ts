/** Lists over restic's REST protocol are read as they arrive: cut anywhere, broken off, hostile. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { listRows } from './list-rows.ts';
import { openRestStore } from './rest-store.ts';
import { ToldRows } from './told-rows.ts';
import type { StoredObject } from '#ports/object-store.ts';

fc.configureGlobal({ seed: 20261122 });

const rowOf = (n: number): StoredObject => ({ name: hash('sha256', String(n), 'hex'), bytes: n });
const wire = ({ name, bytes }: StoredObject): string => JSON.stringify({ name, size: bytes });
const rows = Array.from({ length: 50 }, (_, n) => rowOf(n));
const whole = `[${rows.map(wire).join(',')}]`;

async function* cut(text: string, lengths: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let [at, n] = [0, 0]; at < bytes.length; n += 1) {
    const length = lengths[n % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const read = (text: string, limits?: Parameters<typeof listRows>[1]) =>
  Array.fromAsync(listRows(cut(text, [1000]), limits));

test('a list that is cut at any bytes is the same list', async () => {
  const other = `\n [ {"size": 3, "of": {"deep": ["}"]}, "name": "${'a'.repeat(64)}"} ,\t{"name":"}\\"ü{","size":1}\r\n] `;
  const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(lengths, async (cuts) => {
      assert.deepEqual(await Array.fromAsync(listRows(cut(whole, cuts))), rows);
      assert.deepEqual(await Array.fromAsync(listRows(cut(other, cuts))), [{ name: 'a'.repeat(64), bytes: 3 }]);
      assert.deepEqual(await Array.fromAsync(listRows(cut('[ ]\n', cuts))), []);
    }),
    { numRuns: 30 },
  );
});

test('what is no list, or more than a list may be, is refused by name', async () => {
  for (const text of ['', '[', whole.slice(0, -1), whole.slice(0, 300), `[${wire(rowOf(1))},`])
    await assert.rejects(read(text), { code: 'list-cut', retry: true }, text);
  const one = wire(rowOf(1));
  for (const text of ['null', '{}', 'x', `[${one}${one}]`, `[,${one}]`, `[${one},]`, '["a"]', `[${one}]]`, '[1]'])
    await assert.rejects(read(text), { code: 'vault-failed' }, text);
  for (const row of ['{}', '{"name":"a"}', '{"name":"a","size":-1}', '{"name":"a","size":1.5}', '{"name":1,"size":1}'])
    await assert.rejects(read(`[${row}]`), { code: 'vault-failed' }, row);
  await assert.rejects(read(`[{"name":"${'a'.repeat(5000)}","size":1}]`), { code: 'answer-too-long' });
  await assert.rejects(read(`[{"name":"${'a'.repeat(5000)}`), { code: 'answer-too-long' });
  await assert.rejects(read(whole, { rowBytes: 4096, rows: 49 }), { code: 'answer-too-long' });
  assert.equal((await read(whole, { rowBytes: 4096, rows: 50 })).length, 50);
});

/** The n-th time that it is asked, the n-th of these answers. */
async function listServer(answers: readonly ((response: ServerResponse) => void)[]) {
  let asked = 0;
  const server = createServer((_, response) => answers[asked++]?.(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const store = openRestStore({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

const all = (response: ServerResponse): void => void response.end(whole);
const broken = (response: ServerResponse): void =>
  void response.write(whole.slice(0, 2000), () => void response.destroy());

test('a list that breaks off is asked for again and goes on, each object once', async () => {
  await using world = await listServer([broken, all]);
  assert.deepEqual(await Array.fromAsync(world.store.each('data')), rows);
});

test('a list that is another one when it is asked for again is not patched together', async () => {
  async function* rowsOf(...numbers: number[]) {
    for (const n of numbers) yield rowOf(n);
  }
  const told = new ToldRows();
  assert.deepEqual(await Array.fromAsync(told.rest(rowsOf(1, 2))), [rowOf(1), rowOf(2)]);
  for (const other of [rowsOf(2, 1, 3), rowsOf(1), rowsOf(), rowsOf(1, 3, 2)])
    await assert.rejects(Array.fromAsync(told.rest(other)), { code: 'list-changed', retry: true });
  assert.deepEqual(await Array.fromAsync(told.rest(rowsOf(1, 2, 3))), [rowOf(3)]);
  assert.deepEqual(await Array.fromAsync(told.rest(rowsOf(1, 2, 3, 4))), [rowOf(4)]);
});
