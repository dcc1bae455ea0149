/** A download that is cut reads nothing more: a thousand that are cut together would otherwise fill half a gigabyte of buffers. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { sendBytes } from '#gates/portal/bulk/send-bytes.ts';
import { cut } from '#gates/registry/sever.ts';
import type { ReadHandle } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';

const GIGABYTE = 2 ** 30;
const STEP_MS = 20;

test('after a cut nothing more is read and nothing more is counted', async (t) => {
  let reads = 0;
  const file = {
    read: async (into: Uint8Array) => {
      reads += 1;
      return into.byteLength;
    },
  } as unknown as ReadHandle; // nothing else of it is used
  const session = { bytesOut: 0, lastByteAt: 0 } as LiveSession; // nothing else of it is used
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), atTime: () => () => undefined };
  const server = createServer();
  t.after(() => server.close().closeAllConnections());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1'); // a TCP server's address is an object
  t.after(() => client.destroy());
  client.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'); // asks, and never reads
  const [, response] = await once(server, 'request');
  const sending = sendBytes(response, file, { start: 0, end: GIGABYTE }, session, clock);
  let stalledAt = 0;
  for (; stalledAt === 0 || stalledAt !== reads; await new Promise((done) => setTimeout(done, STEP_MS)))
    stalledAt = reads;
  const counted = session.bytesOut;
  cut(response, response.socket);
  await sending;
  assert.deepEqual([reads, session.bytesOut], [stalledAt, counted]);
});
