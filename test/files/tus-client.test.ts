/** The stock tus client against the real handler: breaks, pauses, and a server that restarts underneath it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { after, before, test } from 'node:test';
import { Upload } from 'tus-js-client';
import type { UploadOptions } from 'tus-js-client';
import { createBulkHandler } from '#gates/portal/bulk/handler.ts';
import { buildWorld, callerOf, movie } from './world.ts';
import type { Guest, World } from './world.ts';

let world: World;
let editor: Guest;

before(async () => {
  world = await buildWorld();
  editor = await world.guest('editor');
});
after(() => world.close());

interface Sent {
  readonly done: Promise<void>;
  readonly upload: Upload;
}

function send(bytes: Buffer, filename: string, more: Partial<UploadOptions> = {}): Sent {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  done.catch(() => undefined);
  const upload = new Upload(bytes as unknown as Blob, {
    // in Node the client takes a Buffer
    endpoint: `${world.origin}/uploads`,
    headers: editor.headers,
    metadata: { project: 'alpha', path: 'incoming', filename },
    retryDelays: [20, 50, 100, 200, 400, 800],
    ...more,
    onSuccess: () => resolve(),
    onError: reject,
  });
  return { done, upload };
}

function arrived(name: string, bytes: Buffer): void {
  assert.ok(readFileSync(world.place(`incoming/${name}`)).equals(bytes), name);
}

test('in one piece, and in many', async () => {
  for (const [name, chunkSize] of [
    ['one.mov', Infinity],
    ['many.mov', 300_000],
  ] as const) {
    const bytes = movie(2_000_000);
    const { done, upload } = send(bytes, name, { chunkSize });
    upload.start();
    await done;
    arrived(name, bytes);
  }
});

test('created with its first bytes', async () => {
  const bytes = movie(500_000);
  const { done, upload } = send(bytes, 'with.mov', { uploadDataDuringCreation: true, chunkSize: 200_000 });
  upload.start();
  await done;
  arrived('with.mov', bytes);
});

test('paused and resumed by its address', async () => {
  const bytes = movie(8_000_000);
  const paused = Promise.withResolvers<void>();
  const first = send(bytes, 'paused.mov', {
    chunkSize: 1_000_000,
    onChunkComplete: (_size, accepted) => accepted >= 3_000_000 && paused.resolve(),
  });
  first.upload.start();
  await paused.promise;
  await first.upload.abort();
  const uploadUrl = first.upload.url;
  assert.ok(uploadUrl);
  const second = send(bytes, 'paused.mov', { uploadUrl });
  second.upload.start();
  await second.done;
  arrived('paused.mov', bytes);
  const opened = world.entries('file.write-opened').filter((entry) => entry.about.path === 'incoming/paused.mov');
  assert.ok((opened.at(-1)?.data.offset ?? 0) >= 3_000_000, 'it went on where it was');
});

test('every connection breaks in the middle, again and again', async () => {
  const bytes = movie(12_000_000);
  const { done, upload } = send(bytes, 'broken.mov', { chunkSize: 3_000_000 });
  let breaks = 0;
  const breaking = setInterval(() => {
    if (breaks < 6 && editor.session.attached > 0) {
      breaks += 1;
      world.server.closeAllConnections();
    }
  }, 15);
  upload.start();
  await done;
  clearInterval(breaking);
  assert.ok(breaks >= 3, `${breaks} breaks`);
  arrived('broken.mov', bytes);
});

test('the server restarts in the middle, with nothing kept but the storage', async () => {
  const bytes = movie(10_000_000);
  const halfway = Promise.withResolvers<void>();
  const { done, upload } = send(bytes, 'restart.mov', {
    chunkSize: 1_000_000,
    onChunkComplete: (_size, accepted) => accepted >= 4_000_000 && halfway.resolve(),
  });
  upload.start();
  await halfway.promise;
  const port = Number(new URL(world.origin).port);
  world.server.closeAllConnections();
  await new Promise((resolve) => world.server.close(resolve));
  const second = await secondServer(port);
  await done;
  arrived('restart.mov', bytes);
  second.closeAllConnections();
  await new Promise((resolve) => second.close(resolve));
});

async function secondServer(port: number): Promise<Server> {
  const { files } = await world.restartFiles();
  const bulk = createBulkHandler({
    files,
    clock: world.clock,
    authenticate: (request) => callerOf(world.registry, request),
    projectByAlias: (alias) => world.engine.state().index.projectByAlias.get(alias),
  });
  const server = createServer((request, response) => void bulk(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}
