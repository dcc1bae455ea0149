/** The warden's door under abuse: bytes cut anywhere, bytes that are nobody's language, too much at once, folders that others can write. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createWardenClient, partsOf } from './client.ts';
import { CHANGE_ELEMENTS_MAX, elementChange, MESSAGE_BYTES_MAX, weightOf } from './protocol.ts';
import { serveWarden } from './server.ts';
import type { WardenServer } from './server.ts';
import type { Table } from './table.ts';
import { seeded } from '#access/random-world.ts';
import { createDeframer, frameMessage } from '#engine/framing.ts';
import type { ElementChange } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

const skip = process.getuid?.() === 0 ? false : 'the socket must lie in a folder of root';
const NOTHING: ElementChange = { dead: [], unpoint: [], live: [], point: [], quarantine: [], release: [] };

/** What the table is asked to do, and when it may answer: the door is what is tested here, `test/network` has the kernel behind it. */
interface Asked {
  readonly table: Table;
  readonly changes: ElementChange[];
  /** Answers wait while there is one. */
  hold: Promise<void> | undefined;
  begun: number;
}

function askedTable(): Asked {
  const asked: Asked = { changes: [], hold: undefined, begun: 0, table: undefined as unknown as Table }; // set below
  const done = async () => {
    asked.begun += 1;
    await asked.hold;
    return 1;
  };
  const table: Table = {
    check: async () => void (await done()),
    load: done,
    confirm: async () => void (await done()),
    status: async () => ({ isPending: false }),
    rollBack: done,
    change: async (change) => {
      asked.changes.push(change as ElementChange);
      return done();
    },
    list: async () => `listing ${await done()}`,
    unload: async () => void (await done()),
    isOwn: () => true,
    close: async () => undefined,
  };
  return Object.assign(asked, { table });
}

const programs = { run: async () => '', start: () => assert.fail('nothing is started') } as unknown as Parameters<
  typeof serveWarden
>[0]['programs']; // neighbours and flows are text of programs: here they say nothing

let folder = '';
let door: WardenServer | undefined;
let asked = askedTable();
before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(join(tmpdir(), 'picturelock-door-'));
  door = await serveWarden(
    { table: asked.table, programs, hears: () => true },
    { path: join(folder, 'warden.sock'), uid: 0 },
  );
});
after(async () => {
  await door?.close();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

function knock(): Socket {
  const socket = connect(join(folder, 'warden.sock'));
  socket.on('error', () => undefined);
  return socket;
}

/** The first answers to whatever is written. */
function answers(socket: Socket, count: number): Promise<unknown[]> {
  const deframer = createDeframer(MESSAGE_BYTES_MAX);
  const heard: unknown[] = [];
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      heard.push(...deframer.push(chunk));
      if (heard.length >= count) resolve(heard);
    });
    socket.once('close', () => reject(new Error(`closed after ${heard.length} answers`)));
  });
}

/** A connection that the door has let in: one that it still counts as open may have to close first. */
async function admitted(): Promise<Socket> {
  for (;;) {
    const socket = knock();
    const heard = answers(socket, 1);
    socket.write(frameMessage({ n: 1, verb: 'confirm' }, MESSAGE_BYTES_MAX));
    const isIn = await heard.then(
      () => true,
      () => false,
    );
    if (isIn) return socket;
  }
}

async function gone(socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
}

const REQUESTS: readonly unknown[] = [
  { n: 1, verb: 'check', rules: 'table inet picturelock {}\n' },
  { n: 2, verb: 'load', rules: 'x', askedAt: 1, confirmWithinMs: 60_000 },
  { n: 3, verb: 'confirm' },
  { n: 4, verb: 'roll-back' },
  {
    n: 5,
    verb: 'change',
    askedAt: 1,
    change: {
      ...NOTHING,
      dead: [7],
      live: [{ mark: 8, id: 'pth_abc', ttlMs: 1000 }],
      point: [{ from: '10.0.0.1', to: '10.0.0.2', protocol: 'tcp', port: 5900, mark: 8 }],
    },
  },
  { n: 6, verb: 'list' },
  { n: 7, verb: 'unload' },
];
const BYTES = Buffer.concat(REQUESTS.map((one) => frameMessage(one, MESSAGE_BYTES_MAX)));

test(
  'a change of too many elements is refused, and a gate sends it in parts, what closes first',
  { skip },
  async () => {
    const marks = (count: number, from: number) => Array.from({ length: count }, (_, i) => from + i);
    const dead = marks(CHANGE_ELEMENTS_MAX - 1, 1);
    const live = marks(CHANGE_ELEMENTS_MAX, 20_001).map((mark) => ({ mark, id: `pth_${mark}`, ttlMs: 1000 }));
    const change: ElementChange = { ...NOTHING, dead, live, quarantine: ['10.0.0.9'], release: ['10.0.0.8'] };
    assert.equal(elementChange.safeParse(change).success, false);
    assert.ok(elementChange.safeParse({ ...NOTHING, dead, quarantine: ['10.0.0.9'] }).success);
    const parts = [...partsOf(change)];
    assert.deepEqual(
      parts.map((part) => [part.quarantine.length, part.dead.length, part.live.length, part.release.length]),
      [
        [1, CHANGE_ELEMENTS_MAX - 1, 0, 0],
        [0, 0, CHANGE_ELEMENTS_MAX, 0],
        [0, 0, 0, 1],
      ],
    );
    asked.changes.length = 0;
    const client = createWardenClient(join(folder, 'warden.sock'));
    assert.deepEqual(await client.change(change), { ms: 3 });
    assert.deepEqual(asked.changes, parts);
    assert.deepEqual([...partsOf(NOTHING)], [], 'nothing is nothing to send');
    await client.close();
  },
);

test('requests are understood wherever their bytes are cut', { skip }, async () => {
  let cuts = 0;
  for (let at = 1; at < BYTES.length; at += 1) {
    const socket = await admitted();
    const heard = answers(socket, REQUESTS.length);
    socket.setNoDelay(true);
    socket.write(BYTES.subarray(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(BYTES.subarray(at));
    const numbers = (await heard).map((one) => (one as { n: number }).n); // every answer has one
    assert.deepEqual(numbers.sort(), [1, 2, 3, 4, 5, 6, 7], `cut at ${at}`);
    socket.destroy();
    await gone(socket);
    cuts += 1;
  }
  assert.equal(cuts, BYTES.length - 1);
});

test("bytes that are nobody's language end their connection and nothing else", { skip }, async () => {
  const next = seeded(11);
  const roll = (below: number) => Math.floor(next() * below);
  const deep = Buffer.from(`{"n":1,"verb":${'['.repeat(200_000)}`);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(deep.length);
  const hostile: Buffer[] = [
    Buffer.concat([head, deep]),
    Buffer.from([0, 0, 0, 0]),
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
  ];
  for (let i = 0; i < 150; i += 1) {
    const bytes = Buffer.from(BYTES);
    for (let k = 0; k <= roll(4); k += 1) bytes[roll(bytes.length)] = roll(256);
    hostile.push(bytes.subarray(0, 1 + roll(bytes.length)));
  }
  const [before, known] = [
    asked.changes.length,
    new Set(['dead', 'unpoint', 'live', 'point', 'quarantine', 'release']),
  ];
  for (const bytes of hostile) {
    const socket = knock();
    socket.end(bytes);
    socket.resume();
    await gone(socket);
  }
  for (const change of asked.changes.slice(before)) {
    assert.ok(elementChange.safeParse(change).success, JSON.stringify(change));
    assert.ok(Object.keys(change).every((key) => known.has(key)));
  }
  const socket = await admitted();
  const heard = answers(socket, 1);
  socket.write(frameMessage({ n: 9, verb: 'list' }, MESSAGE_BYTES_MAX));
  assert.deepEqual(await heard, [{ n: 9, listing: 'listing 1' }]);
  socket.destroy();
  await gone(socket);
});

test('whoever asks faster than is answered is not read, and one that floods is ended', { skip }, async () => {
  const [patient, flood] = [await admitted(), await admitted()];
  let release = (): void => undefined;
  asked.hold = new Promise((resolve) => (release = resolve));
  asked.begun = 0;
  const heard = answers(patient, 200);
  const one = (n: number) => frameMessage({ n, verb: 'check', rules: 'x'.repeat(70_000) }, MESSAGE_BYTES_MAX);
  for (let n = 1; n <= 200; n += 1) patient.write(one(n));
  flood.write(
    Buffer.concat(Array.from({ length: 2000 }, (_, i) => frameMessage({ n: i + 1, verb: 'list' }, MESSAGE_BYTES_MAX))),
  );
  await gone(flood);
  assert.ok(asked.begun <= 300, `${asked.begun} of 2,200 were taken`);
  release();
  asked.hold = undefined;
  assert.equal((await heard).length, 200, 'and the patient one gets every answer');
  patient.destroy();
  await gone(patient);
});

test('rules weigh what they hold in memory', () => {
  assert.equal(weightOf({ n: 1, verb: 'check', rules: 'abc' }), 6);
  assert.ok(weightOf({ n: 1, verb: 'change', askedAt: 0, change: { ...NOTHING, dead: [1, 2] } as never }) >= 32); // plain lists
});

test('no more than four speak at once', { skip }, async () => {
  const sockets: Socket[] = [];
  while (sockets.length < 4) sockets.push(await admitted());
  const fifth = knock();
  fifth.resume();
  await gone(fifth);
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map(gone));
});

test('a folder that others can write, or that stands in one, holds no socket', { skip }, async () => {
  const open = join(folder, 'open');
  mkdirSync(join(open, 'inner'), { recursive: true });
  chmodSync(open, 0o777);
  for (const path of [join(open, 'warden.sock'), join(open, 'inner', 'warden.sock')])
    await assert.rejects(
      serveWarden({ table: asked.table, programs, hears: () => true }, { path, uid: 0 }),
      (error: unknown) => error instanceof Fault && error.code === 'socket-exposed',
    );
});

test('flows that cannot be listed are said to be unknown, not to be none', { skip }, async () => {
  const broken = { ...programs, run: () => Promise.reject(new Fault('conntrack-failed', 'conntrack cannot be run')) };
  const path = join(folder, 'blind.sock');
  const blind = await serveWarden({ table: asked.table, programs: broken, hears: () => false }, { path, uid: 0 });
  const warden = createWardenClient(path);
  assert.deepEqual(await warden.flows(), { flows: undefined, hears: false });
  await warden.close();
  await blind.close();
});
