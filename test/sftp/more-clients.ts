/**
 * The gate under clients that share no code with OpenSSH's: PuTTY's psftp, and lftp and curl, which people script deliveries with. Each sends a file, lists,
 * renames, fetches it back unchanged, and is refused what the role does not hold.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sameFile, sshOptions } from './clients.ts';
import type { Door, Transport } from './doors.ts';
import { run } from './processes.ts';
import type { Done } from './processes.ts';
import { buildWorld } from './world.ts';
import type { Guest, World } from './world.ts';

const HOUR_MS = 3_600_000;
const SIZE_BYTES = 400_000;
/** sshd serves the account that it runs as; the embedded gate takes any name. */
const USER = userInfo().username;

interface Place {
  readonly world: World;
  readonly door: Door;
  readonly guest: Guest;
}

/** One client, told in its own words. */
interface Client {
  readonly name: string;
  /** Lists `incoming`, sends a file there, renames it and fetches it back to `back`. */
  readonly exchange: (at: Place, names: Names) => Promise<Done>;
  /** Sends a file where the role may not write. */
  readonly trespass: (at: Place, file: string) => Promise<Done>;
  readonly refused: RegExp;
}

interface Names {
  readonly file: string;
  readonly sent: string;
  readonly renamed: string;
  readonly back: string;
}

function psftp({ world, door, guest }: Place, lines: readonly string[]): Promise<Done> {
  const key = `${guest.keyPath}.ppk`;
  if (!existsSync(key)) execFileSync('/usr/bin/puttygen', [guest.keyPath, '-O', 'private', '-o', key]);
  const script = join(world.folder, `psftp-${randomBytes(4).toString('hex')}`);
  writeFileSync(script, `${lines.join('\n')}\n`);
  const args = ['-batch', '-P', String(door.port), '-i', key, '-hostkey', hostFingerprint(world)];
  return run('/usr/bin/psftp', [...args, '-b', script, `${USER}@127.0.0.1`], {
    cwd: world.folder,
    env: { HOME: world.folder },
  });
}

function hostFingerprint(world: World): string {
  const blob = Buffer.from(world.hostKey.publicLine.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** lftp speaks SFTP itself and leaves the connection to ssh. */
function lftp({ world, door, guest }: Place, commands: readonly string[]): Promise<Done> {
  const ssh = ['ssh', '-a', '-x', ...sshOptions(world, guest, door)].join(' ');
  const set = [
    `set sftp:connect-program "${ssh}"`,
    'set sftp:auto-confirm no',
    'set net:max-retries 1',
    'set cmd:fail-exit yes',
    `open -u ${USER}, -p ${door.port} sftp://127.0.0.1`,
  ];
  return run('/usr/bin/lftp', ['--norc', '-c', [...set, ...commands].join('; ')], {
    cwd: world.folder,
    env: { HOME: world.folder },
  });
}

function curl({ world, door, guest }: Place, path: string): Promise<Done> {
  const host = hostFingerprint(world).slice('SHA256:'.length);
  const key = ['--key', guest.keyPath, '--pubkey', `${guest.keyPath}.pub`, '-u', `${USER}:`, '--hostpubsha256', host];
  const args = ['-q', '-sS', ...key, `sftp://127.0.0.1:${door.port}${path}`];
  return run('/usr/bin/curl', args, { cwd: world.folder, env: { HOME: world.folder } });
}

/** The version of libssh2 that curl was built with, as a number to compare: 1.10 is 1010. */
async function libssh2Version(): Promise<number> {
  const { out } = await run('/usr/bin/curl', ['--version']);
  const [, major = '0', minor = '0'] = /libssh2\/(\d+)\.(\d+)/.exec(out) ?? [];
  return Number(major) * 1000 + Number(minor);
}

const CLIENTS: readonly Client[] = [
  {
    name: 'psftp',
    exchange: (at, { file, sent, renamed, back }) =>
      psftp(at, [`put ${file} ${sent}`, 'ls /alpha/incoming', `mv ${sent} ${renamed}`, `get ${renamed} ${back}`]),
    trespass: (at, file) => psftp(at, [`put ${file} /alpha/media/${file}`]),
    refused: /permission denied|folder-not-in-role/i,
  },
  {
    name: 'lftp',
    exchange: (at, { file, sent, renamed, back }) =>
      lftp(at, [
        `put ${file} -o ${sent}`,
        'cls -1 /alpha/incoming',
        `mv ${sent} ${renamed}`,
        `get ${renamed} -o ${back}`,
      ]),
    trespass: (at, file) => lftp(at, [`put ${file} -o /alpha/media/${file}`]),
    refused: /permission denied|folder-not-in-role|access failed/i,
  },
];

export function moreClients(transport: Transport): void {
  describe(`other people's clients through ${transport.name}`, () => {
    let at: Place;
    let stranger: Place;
    before(async () => {
      const world = await buildWorld();
      const door = await transport.open(world);
      const guest = await world.guest('assistant-editor', [[world.alpha, HOUR_MS]]);
      const colourist = await world.guest('colourist', [[world.alpha, HOUR_MS]]);
      mkdirSync(world.place(world.alpha, 'media'), { recursive: true });
      at = { world, door, guest };
      stranger = { world, door, guest: colourist };
    });
    after(async () => {
      await at.door.close();
      await at.world.close();
    });

    test('curl comes in where its SSH knows a MAC that we take, and gets no further than the greeting where it does not', async () => {
      const before = at.world.entries().length;
      const done = await curl(at, '/alpha/');
      // libssh2 learned encrypt-then-MAC and AES-GCM with 1.11; Debian 12 has 1.10.
      if ((await libssh2Version()) >= 1011) {
        assert.equal(done.code, 0, done.err);
        assert.match(done.out, /incoming/);
        return;
      }
      assert.notEqual(done.code, 0);
      assert.match(done.err, /exchange encryption keys/);
      assert.ok(
        !at.world
          .entries()
          .slice(before)
          .some(({ kind }) => kind === 'session.opened'),
      );
    });

    for (const client of CLIENTS) {
      test(`${client.name} sends, lists, renames and fetches, and what came back is what was sent`, async () => {
        const file = `${client.name}.dpx`;
        const names: Names = {
          file,
          sent: `/alpha/incoming/${file}`,
          renamed: `/alpha/incoming/renamed-${file}`,
          back: `back-${file}`,
        };
        writeFileSync(join(at.world.folder, file), frame(SIZE_BYTES));
        const done = await client.exchange(at, names);
        assert.equal(done.code, 0, `${done.out}\n${done.err}`);
        assert.ok(done.out.includes(file), 'it was listed');
        assert.ok(sameFile(join(at.world.folder, file), join(at.world.folder, names.back)));
        assert.ok(!existsSync(at.world.place(at.world.alpha, `incoming/${file}`)));
        const told = at.world.entries().filter(({ about }) => about.person === at.guest.person);
        for (const kind of ['session.opened', 'file.accepted', 'file.moved', 'file.read-closed'])
          assert.ok(
            told.some((entry) => entry.kind === kind),
            kind,
          );
      });

      test(`${client.name} hears that it may not, and nothing is there`, async () => {
        const file = `no-${client.name}.dpx`;
        writeFileSync(join(at.world.folder, file), frame(1_000));
        const before = at.world.entries().length;
        const done = await client.trespass(stranger, file);
        assert.notEqual(done.code, 0, done.out);
        assert.match(`${done.out}${done.err}`, client.refused);
        assert.ok(!existsSync(at.world.place(at.world.alpha, `media/${file}`)));
        assert.ok(
          at.world
            .entries()
            .slice(before)
            .some(({ kind }) => kind === 'access.refused'),
        );
      });
    }
  });
}

/** Bytes that begin like a DPX frame. */
function frame(sizeBytes: number): Buffer {
  const bytes = randomBytes(sizeBytes);
  bytes.write('SDPX', 0, 'latin1');
  return bytes;
}
