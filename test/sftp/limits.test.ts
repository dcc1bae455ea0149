/** The doors' limits, with small numbers. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { GateLimits } from '#gates/sftp/limits.ts';
import { sftp } from './clients.ts';
import { embedded, type Door } from './doors.ts';
import { until } from '../until.ts';
import { rawSftp } from './raw-client.ts';
import { buildWorld, makeKey, type World } from './world.ts';

describe('the limits of the embedded door', () => {
  let world: World;
  before(async () => {
    world = await buildWorld();
  });
  after(() => world.close());

  async function withDoor(limits: Partial<GateLimits>, use: (door: Door) => Promise<void>): Promise<void> {
    const door = await embedded.open(world, limits);
    try {
      await use(door);
    } finally {
      await door.close();
    }
  }

  test('one address gets so many connections, and who stays silent is let go', async () => {
    await withDoor({ connectionsPerAddressMax: 3, handshakeMs: 400 }, async (door) => {
      const silent = await Promise.all([1, 2, 3].map(() => dial(door.port)));
      const fourth = await dial(door.port);
      await fourth.closed;
      assert.equal(door.connections(), 3, 'the others stay');
      await Promise.all(silent.map((one) => one.closed));
      await until(() => door.connections() === 0, 'silence ends');
    });
  });

  test('a session without a byte ends, and the ledger says that it was idle', async () => {
    const guest = await world.guest('editor', [[world.alpha, 3_600_000]]);
    await withDoor({ idleMs: 200 }, async (door) => {
      const raw = await rawSftp(door, guest);
      raw.greet();
      await raw.ended;
      const isIdle = () =>
        world
          .entries()
          .some(
            (entry) =>
              entry.kind === 'session.closed' && entry.data.because === 'idle' && entry.about.person === guest.person,
          );
      await until(isIdle, 'the end is recorded');
    });
  });

  test('an address that keeps failing is dropped unheard', async () => {
    const guest = await world.guest('editor', [[world.alpha, 3_600_000]]);
    const stranger = { keyPath: makeKey(world.folder, 'knocks') };
    await withDoor({ triesPerAddressMax: 3 }, async (door) => {
      assert.equal((await sftp(world, guest, door, ['ls'])).code, 0);
      for (let i = 0; i < 3; i += 1) assert.notEqual((await sftp(world, stranger, door, ['ls'])).code, 0);
      const barred = await sftp(world, guest, door, ['ls']);
      assert.notEqual(barred.code, 0);
      assert.doesNotMatch(barred.err, /Permission denied/, 'not even greeted');
    });
  });

  test('a flood of refused tries is told once, and then no more', async () => {
    const idle = await world.guest('editor', []);
    await withDoor({ triesPerAddressMax: 3 }, async (door) => {
      const from = world.entries().length;
      // A key that is known and opens nothing: it is let through the door each time, and refused behind it.
      for (let i = 0; i < 6; i += 1) assert.notEqual((await sftp(world, idle, door, ['ls'])).code, 0);
      const told = world
        .entries()
        .slice(from)
        .filter((entry) => entry.kind === 'signin.refused');
      assert.deepEqual(
        told.map(({ data }) => data.why),
        ['no-engagement', 'no-engagement', 'no-engagement', 'too-many-tries'],
      );
      assert.deepEqual([told[0]?.about.person, told[0]?.about.credential], [idle.person, idle.credential]);
    });
  });

  test('a session that asks too fast waits its turn, loses nothing, and holds nobody else up', async () => {
    const [hasty, calm] = [
      await world.guest('editor', [[world.alpha, 3_600_000]]),
      await world.guest('editor', [[world.alpha, 3_600_000]]),
    ];
    await withDoor({ pace: { burst: 20, everyMs: 60 } }, async (door) => {
      const timed = async (guest: typeof calm, count: number) => {
        const began = performance.now();
        const done = await sftp(
          world,
          guest,
          door,
          Array.from({ length: count }, () => 'ls -1 /alpha'),
        );
        assert.equal(done.code, 0, done.err);
        assert.equal(done.out.match(/alpha\/media/g)?.length, count, 'each is answered');
        return performance.now() - began;
      };
      const flood = timed(hasty, 40);
      const others = await timed(calm, 2);
      const took = await flood;
      assert.ok(took > 1_500, `40 listings take more than 40 requests, and took ${took} ms`);
      assert.ok(others < took / 2, `the other session took ${others} ms`);
    });
  });

  test('a folder that others can reach is no place for the relay socket', async () => {
    const { openRelayDoor } = await import('#gates/sftp/relay-door.ts');
    const { mkdirSync, chmodSync } = await import('node:fs');
    const folder = `${world.folder}/open-door`;
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    await assert.rejects(openRelayDoor(world.parts, { socketPath: `${folder}/relay.sock`, relayCommand: (id) => id }), {
      code: 'relay-folder-open',
    });
  });
});

async function dial(port: number): Promise<{ readonly socket: Socket; readonly closed: Promise<void> }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return { socket, closed };
}
