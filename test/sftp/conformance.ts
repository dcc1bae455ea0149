/**
 * What every transport of the SFTP gate must do, shown with stock clients: OpenSSH's sftp and ssh, rclone, and ssh2's client where
 * a client has to misbehave.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createClock } from '#host/clock.ts';
import { rclone, sameFile, sftp, ssh, startSftp } from './clients.ts';
import type { Door, Transport } from './doors.ts';
import { until } from '../until.ts';
import { knockWithPassword, rawSftp } from './raw-client.ts';
import { buildWorld, makeKey, newId, type Guest, type World } from './world.ts';

const HOUR_MS = 3_600_000;
/** Far above the 250 ms that the cut's own benchmark holds: this machine runs everything else beside. */
const CUT_MS_MAX = 1500;
const clock = createClock();

export function conformance(transport: Transport): void {
  describe(`the SFTP gate through ${transport.name}`, () => {
    let world: World;
    let door: Door;
    let editor: Guest;

    before(async () => {
      world = await buildWorld();
      door = await transport.open(world);
      editor = await world.guest('assistant-editor', [
        [world.alpha, HOUR_MS],
        [world.beta, HOUR_MS],
      ]);
      mkdirSync(world.place(world.alpha, 'media'), { recursive: true });
      writeFileSync(local('small.dpx'), frame(300_000));
    });
    after(async () => {
      await door.close();
      await world.close();
    });

    function local(name: string): string {
      return join(world.folder, name);
    }
    function kinds(from: number): readonly string[] {
      return world
        .entries()
        .slice(from)
        .map((entry) => entry.kind);
    }

    test('shows each project as a folder and moves files both ways, unchanged', async () => {
      const done = await sftp(world, editor, door, [
        'ls -1 /',
        'mkdir /alpha/incoming/reel 1',
        'cd "/alpha/incoming"',
        'put -f small.dpx "a b é.dpx"',
        'ls -l',
        'get "a b é.dpx" back.dpx',
        'rename "a b é.dpx" c.dpx',
        'get c.dpx renamed.dpx',
        'rm c.dpx',
        '-ls c.dpx',
        'rmdir "/alpha/incoming/reel"',
      ]);
      assert.equal(done.code, 0, done.err);
      assert.match(done.out, /\/alpha\s*\n?.*\/beta/);
      assert.doesNotMatch(done.err, /fsync/, 'a sync that is asked for is done');
      assert.ok(sameFile(local('small.dpx'), local('back.dpx')));
      assert.ok(sameFile(local('small.dpx'), local('renamed.dpx')));
      assert.equal(existsSync(world.place(world.alpha, 'incoming/c.dpx')), false);
      assert.ok(kinds(0).includes('file.binned'), 'a removed file is kept in the bin');
    });

    test('moves whole folders with put -r and get -r', async () => {
      mkdirSync(local('tree/deep'), { recursive: true });
      for (const name of ['1.dpx', '2.dpx', 'deep/3.dpx']) writeFileSync(local(`tree/${name}`), frame(5000));
      const done = await sftp(world, editor, door, [
        'put -r tree /alpha/incoming/',
        'get -r /alpha/incoming/tree tree-back',
      ]);
      assert.equal(done.code, 0, done.err);
      for (const name of ['1.dpx', '2.dpx', 'deep/3.dpx'])
        assert.ok(sameFile(local(`tree/${name}`), local(`tree-back/${name}`)), name);
    });

    test('a folder of thousands of frames is listed whole', async () => {
      const folder = world.place(world.alpha, 'media/frames');
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < 2500; i += 1)
        writeFileSync(join(folder, `shot_comp_v012.${String(i).padStart(6, '0')}.exr`), '');
      const done = await sftp(world, editor, door, ['ls -1 /alpha/media/frames']);
      assert.equal(done.out.split('\n').filter((line) => line.includes('.exr')).length, 2500);
    });

    test('rclone copies up and down, finds no difference, and copies nothing twice', async () => {
      mkdirSync(local('shoot'), { recursive: true });
      for (let i = 0; i < 8; i += 1) writeFileSync(local(`shoot/a00${i}.dpx`), frame(1_000_000 + i));
      const up = await rclone(world, editor, door, [
        'copy',
        local('shoot'),
        'R:/alpha/incoming/shoot',
        '--transfers',
        '4',
        '--size-only',
      ]);
      assert.equal(up.code, 0, up.err);
      const check = await rclone(world, editor, door, [
        'check',
        local('shoot'),
        'R:/alpha/incoming/shoot',
        '--download',
      ]);
      assert.equal(check.code, 0, check.err);
      const before = world.entries().length;
      const again = await rclone(world, editor, door, [
        'sync',
        local('shoot'),
        'R:/alpha/incoming/shoot',
        '--size-only',
      ]);
      assert.equal(again.code, 0, again.err);
      assert.ok(!kinds(before).includes('file.write-opened'), 'nothing was sent again');
      const down = await rclone(world, editor, door, ['sync', 'R:/alpha/incoming/shoot', local('shoot-back')]);
      assert.equal(down.code, 0, down.err);
      for (const name of readdirSync(local('shoot')))
        assert.ok(sameFile(local(`shoot/${name}`), local(`shoot-back/${name}`)), name);
    });

    test('refuses what the role does not hold, what the type check refuses, and what leads out', async () => {
      const colourist = await world.guest('colourist', [[world.alpha, HOUR_MS]]);
      symlinkSync('/etc', world.place(world.alpha, 'media/way-out'));
      writeFileSync(local('tool.exe'), 'MZ');
      writeFileSync(local('liar.dpx'), 'this is no frame at all, whatever its name says');
      const from = world.entries().length;
      const done = await sftp(world, colourist, door, [
        '-put small.dpx /alpha/media/x.dpx',
        '-ls /beta',
        '-get /alpha/media/way-out/passwd out1',
        '-get /alpha/../../../etc/passwd out2',
        '-put tool.exe /alpha/project/tool.exe',
        '-put liar.dpx /alpha/project/liar.dpx',
        '-mkdir /gamma',
        '-rm /alpha',
        '-symlink /etc /alpha/project/l',
        '-rename /alpha/media/frames /beta/frames',
        '-chmod 777 /alpha/media',
        'pwd',
      ]);
      assert.equal(done.code, 0, done.err);
      for (const path of ['media/x.dpx', 'project/tool.exe', 'project/liar.dpx', 'project/l'])
        assert.equal(existsSync(world.place(world.alpha, path)), false, path);
      for (const name of ['out1', 'out2']) assert.equal(existsSync(local(name)), false, name);
      const rules = world
        .entries()
        .slice(from)
        .filter((entry) => entry.kind === 'access.refused')
        .map((entry) => entry.data.rule);
      assert.ok(rules.includes('folder-not-in-role'), String(rules));
      assert.ok(kinds(from).includes('file.set-aside'), 'a file that is not what it says is kept aside');
      assert.match(done.err, /Permission denied/);
    });

    test('the refusal says the rule and whom to ask', async () => {
      const colourist = await world.guest('colourist', [[world.alpha, HOUR_MS]]);
      const raw = await rawSftp(door, colourist);
      raw.greet();
      raw.open(1, '/alpha/media/y.dpx', 2 | 8 | 16);
      await raw.answers(2);
      assert.match(raw.text(), /Your role does not allow this in this folder\. Ask .*\[folder-not-in-role\]/);
      raw.close();
    });

    test('only keys of the living come in, and every refusal is an entry', async () => {
      const stranger = { keyPath: makeKey(world.folder, `stranger-${door.port}`) };
      const expired = await world.guest('editor', [[world.alpha, HOUR_MS]], { keyForMs: 300 });
      const revoked = await world.guest('editor', [[world.alpha, HOUR_MS]]);
      const idle = await world.guest('editor', []);
      await world.do({
        kind: 'revoke-credential',
        credential: revoked.credential,
        because: 'stolen-key',
        cut: newId('cut'),
      });
      await until(
        () => clock.now() > (world.engine.state().credentials.get(expired.credential)?.expiresAt ?? 0),
        'the key expires',
      );
      const from = world.entries().length;
      for (const guest of [stranger, expired, revoked]) {
        const done = await sftp(world, guest, door, ['ls']);
        assert.equal(done.code, 255);
        assert.match(done.err, /Permission denied \(publickey\)/);
      }
      const unengaged = await sftp(world, idle, door, ['ls']);
      assert.notEqual(unengaged.code, 0);
      // sshd throws away what a subsystem says on its error channel; there the ledger alone says why.
      if (transport.name === 'embedded ssh2')
        assert.match(unengaged.err, /picturelock: .*\[no-engagement\]/, 'the person reads why');
      await until(() => whys(from).length >= 4, 'four refusals are recorded');
      assert.deepEqual(whys(from), ['unknown-key', 'credential-expired', 'credential-revoked', 'no-engagement']);
      assert.ok(!kinds(from).includes('session.opened'));
    });
    test('whoever comes without a key is refused and recorded; a password that was tried stands nowhere', async () => {
      const from = world.entries().length;
      await knockWithPassword(door, 'Not-The-Password-9');
      await until(() => whys(from).length >= 1, 'the refusal is recorded');
      const tries = world
        .entries()
        .slice(from)
        .filter((entry) => entry.kind === 'signin.refused');
      for (const { data, by } of tries) {
        // sshd keeps to itself what was tried instead of a key.
        const told =
          transport.name === 'embedded ssh2' ? ['ssh-password', 'method-not-offered'] : ['ssh', 'no-key-shown'];
        assert.deepEqual([data.with, data.why, by.from], [...told, '127.0.0.1']);
      }
      assert.ok(!JSON.stringify(tries).includes('Not-The-Password-9'));
    });

    test('a refusal names whose key it was', async () => {
      const revoked = await world.guest('editor', [[world.alpha, HOUR_MS]]);
      await world.do({
        kind: 'revoke-credential',
        credential: revoked.credential,
        because: 'stolen-key',
        cut: newId('cut'),
      });
      const from = world.entries().length;
      await sftp(world, revoked, door, ['ls']);
      await until(() => whys(from).length >= 1, 'the refusal is recorded');
      const [told] = world
        .entries()
        .slice(from)
        .filter((entry) => entry.kind === 'signin.refused');
      assert.deepEqual([told?.about.person, told?.about.credential], [revoked.person, revoked.credential]);
    });

    function whys(from: number): readonly string[] {
      return world
        .entries()
        .slice(from)
        .flatMap((entry) => (entry.kind === 'signin.refused' ? [entry.data.why] : []));
    }

    test('no shell, no command, no terminal, no forwarding', async () => {
      for (const [args, extra] of [
        [['id'], []],
        [[], ['-tt']],
        [['sh', '-c', 'id'], []],
        [['scp', '-f', '/etc/passwd'], []],
      ] as const) {
        const done = await ssh(world, editor, door, args, extra);
        assert.notEqual(done.code, 0, args.join(' '));
        assert.doesNotMatch(done.out, /uid=|root:/);
      }
      const forward = await ssh(world, editor, door, [], ['-W', `127.0.0.1:${door.port}`]);
      assert.notEqual(forward.code, 0);
      assert.doesNotMatch(forward.out, /SSH-2.0/);
      const reverse = await ssh(
        world,
        editor,
        door,
        [],
        ['-N', '-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1'],
      );
      assert.notEqual(reverse.code, 0);
    });

    test('nothing moves before its entry is durable', async () => {
      writeFileSync(world.place(world.alpha, 'media/held.dpx'), frame(2_000_000));
      const from = world.entries().length;
      const client = startSftp(world, editor, door, ['ls /alpha', 'get /alpha/media/held.dpx held-back.dpx']);
      await until(() => kinds(from).includes('folder.listed'), 'the client is in');
      const release = world.engine.store.hold();
      const session = world.registry.covered({ kind: 'person', person: editor.person })[0];
      assert.ok(session !== undefined);
      await until(() => session.operations > 8, 'the file was asked for');
      const sent = session.bytesOut;
      await new Promise((resolve) => setTimeout(resolve, 150)); // nothing to await: the point is that nothing comes
      const isRead = kinds(from).includes('file.read-opened');
      assert.ok(isRead || session.bytesOut - sent < 2000, 'bytes moved before their entry');
      release();
      assert.equal((await client.done).code, 0);
      const opened = kinds(from).indexOf('file.read-opened');
      assert.ok(opened >= 0 && opened < kinds(from).indexOf('file.read-closed'));
      assert.ok(sameFile(world.place(world.alpha, 'media/held.dpx'), local('held-back.dpx')));
    });

    test('an upload that breaks off is seen by nobody, and reput goes on where it stopped', async () => {
      const bytes = frame(6_000_000);
      writeFileSync(local('long.dpx'), bytes);
      const from = world.entries().length;
      const client = startSftp(world, editor, door, ['put long.dpx /alpha/incoming/long.dpx'], ['-l', '16000']);
      const session = await liveSession(world, editor);
      await until(() => session.bytesIn > 1_500_000, 'bytes flow');
      client.child.kill('SIGKILL');
      await client.done;
      await until(() => kinds(from).includes('session.closed'), 'the session ends');
      assert.equal(existsSync(world.place(world.alpha, 'incoming/long.dpx')), false);
      const broken = world
        .entries()
        .slice(from)
        .find((entry) => entry.kind === 'file.write-closed');
      assert.ok(broken?.kind === 'file.write-closed' && broken.data.offset > 1_000_000);
      const other = await world.guest('assistant-editor', [[world.alpha, HOUR_MS]]);
      assert.doesNotMatch((await sftp(world, other, door, ['-ls /alpha/incoming/long.dpx'])).out, /\d+ .*long\.dpx/);
      const done = await sftp(world, editor, door, ['reput long.dpx /alpha/incoming/long.dpx']);
      assert.equal(done.code, 0, done.err);
      assert.deepEqual(readFileSync(world.place(world.alpha, 'incoming/long.dpx')), bytes);
      const opens = world
        .entries()
        .slice(from)
        .flatMap((entry) => (entry.kind === 'file.write-opened' ? [entry.data.offset] : []));
      assert.deepEqual(opens, [0, broken.data.offset]);
      const part = local('long-part.dpx');
      writeFileSync(part, bytes.subarray(0, 2_000_000));
      assert.equal((await sftp(world, editor, door, ['reget /alpha/incoming/long.dpx long-part.dpx'])).code, 0);
      assert.deepEqual(readFileSync(part), bytes);
    });

    test('ending an engagement stops the bytes, leaves a receipt, and nobody comes back', async () => {
      const guest = await world.guest('assistant-editor', [[world.alpha, HOUR_MS]]);
      writeFileSync(world.place(world.alpha, 'media/big.dpx'), frame(8_000_000));
      const client = startSftp(world, guest, door, ['get /alpha/media/big.dpx big-back.dpx'], ['-l', '24000']);
      const session = await liveSession(world, guest);
      await until(
        () => existsSync(local('big-back.dpx')) && statSync(local('big-back.dpx')).size > 500_000,
        'bytes flow',
      );
      const [engagement] = guest.engagements;
      assert.ok(engagement !== undefined);
      const from = world.entries().length;
      const began = performance.now();
      await world.do({ kind: 'end-engagement', engagement, because: 'button', cut: newId('cut') });
      const done = await client.done;
      const ms = performance.now() - began;
      assert.notEqual(done.code, 0);
      assert.ok(ms < CUT_MS_MAX, `the client was let go after ${ms} ms`);
      assert.ok(statSync(local('big-back.dpx')).size < 8_000_000, 'the file is not whole');
      assert.notEqual(session.closed, undefined);
      for (let i = 0; i < 3; i += 1)
        assert.notEqual((await sftp(world, guest, door, ['ls /alpha'])).code, 0, 'reconnecting is refused');
      const receiptOf = () =>
        world
          .entries()
          .slice(from)
          .flatMap((entry) => (entry.kind === 'cut.receipt' ? [entry.data] : []))[0];
      await until(() => receiptOf() !== undefined, 'the receipt');
      const receipt = receiptOf();
      assert.ok(receipt !== undefined && receipt.sessions.includes(session.id), JSON.stringify(receipt));
      assert.ok(receipt.probe.bytesStopped && receipt.probe.accessRefused, JSON.stringify(receipt));
      assert.ok(kinds(from).indexOf('session.closed') >= 0);
    });

    test('a cut upload never gets its name', async () => {
      const guest = await world.guest('assistant-editor', [[world.alpha, HOUR_MS]]);
      writeFileSync(local('cut.dpx'), frame(6_000_000));
      const client = startSftp(world, guest, door, ['put cut.dpx /alpha/incoming/cut.dpx'], ['-l', '24000']);
      const session = await liveSession(world, guest);
      await until(() => session.bytesIn > 500_000, 'bytes flow');
      await world.do({ kind: 'end-all-access', person: guest.person, cut: newId('cut') });
      assert.notEqual((await client.done).code, 0);
      assert.equal(existsSync(world.place(world.alpha, 'incoming/cut.dpx')), false);
    });

    test('the deadline cuts by itself while the engine writes nothing', async () => {
      const guest = await world.guest('assistant-editor', [[world.alpha, 2500]]);
      writeFileSync(world.place(world.alpha, 'media/deadline.dpx'), frame(8_000_000));
      const client = startSftp(world, guest, door, ['get /alpha/media/deadline.dpx deadline-back.dpx'], ['-l', '8000']);
      await until(
        () => existsSync(local('deadline-back.dpx')) && statSync(local('deadline-back.dpx')).size > 100_000,
        'bytes flow',
      );
      const release = world.engine.store.hold();
      const [engagement] = guest.engagements;
      const ends = (engagement && world.engine.state().engagements.get(engagement)?.until) ?? 0;
      const done = await client.done;
      const late = clock.now() - ends;
      release();
      assert.notEqual(done.code, 0);
      assert.ok(late >= 0 && late < CUT_MS_MAX, `let go ${late} ms after the deadline`);
    });

    test('bytes that are no SFTP end their own conversation and nothing else', async () => {
      const from = world.entries().length;
      const witness = startSftp(world, editor, door, ['get /alpha/media/big.dpx witness.dpx'], ['-l', '40000']);
      for (const bytes of [
        randomBytes(5000),
        Buffer.from([0xff, 0xff, 0xff, 0xff]),
        Buffer.from([0, 0, 0, 0]),
        Buffer.from([0, 0, 0, 5, 17, 0, 0, 0, 1]),
      ]) {
        const raw = await rawSftp(door, editor);
        raw.stream.write(bytes);
        await raw.ended;
      }
      const slow = await rawSftp(door, editor);
      for (const byte of Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3])) slow.stream.write(Buffer.from([byte]));
      await slow.answered;
      slow.close();
      assert.equal((await witness.done).code, 0);
      await until(() => door.connections() === 0, 'nothing is left behind');
      await until(
        () => kinds(from).filter((kind) => kind === 'session.closed').length === 6,
        'every session has its end in the ledger',
      );
    });

    test('handles that were opened and never closed are settled when the connection goes', async () => {
      const from = world.entries().length;
      const raw = await rawSftp(door, editor);
      raw.greet();
      for (let i = 0; i < 100; i += 1) raw.open(i + 1, '/alpha/media/big.dpx', 1);
      const answers = await raw.answers(101);
      assert.equal(answers.filter((type) => type === 102).length, 64, 'so many handles and no more');
      raw.close();
      await until(
        () => kinds(from).filter((kind) => kind === 'file.read-closed').length === 64,
        'each is accounted for',
      );
    });

    test('nothing went wrong that nobody was told of', () => {
      const unexpected = world.troubles.filter((what) => !what.startsWith('a client broke the SFTP protocol'));
      assert.deepEqual(unexpected, []);
    });
  });
}

/** A DPX header and noise: what the type check takes for a frame. */
function frame(sizeBytes: number): Buffer {
  return Buffer.concat([Buffer.from('SDPX'), randomBytes(sizeBytes - 4)]);
}

async function liveSession(world: World, guest: Guest) {
  const covered = () =>
    world.registry.covered({ kind: 'person', person: guest.person }).filter((session) => session.closed === undefined);
  await until(() => covered().length > 0, 'a session opens');
  const [session] = covered();
  assert.ok(session !== undefined);
  return session;
}
