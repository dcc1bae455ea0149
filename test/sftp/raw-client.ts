/** ssh2's client with a bare channel: says whatever it is told to. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import ssh2, { type ClientChannel, type PasswordAuthMethod } from 'ssh2';
import type { Door } from './doors.ts';
import type { Guest } from './world.ts';

export interface RawSftp {
  readonly stream: ClientChannel;
  /** The first bytes from the server. */
  readonly answered: Promise<void>;
  /** The channel is over, from the server's side or ours. */
  readonly ended: Promise<void>;
  greet(): void;
  open(id: number, path: string, flags: number): void;
  /** The types of the first so many replies. */
  answers(count: number): Promise<readonly number[]>;
  /** Everything the server has sent, as text. */
  text(): string;
  close(): void;
}

export async function rawSftp(door: Door, guest: Guest): Promise<RawSftp> {
  const client = new ssh2.Client();
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).once('error', reject);
    client.connect({
      host: '127.0.0.1',
      port: door.port,
      username: userInfo().username,
      privateKey: readFileSync(guest.keyPath),
    });
  });
  client.on('error', () => {});
  const stream = await new Promise<ClientChannel>((resolve, reject) => {
    client.subsys('sftp', (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
  let held = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => (held = Buffer.concat([held, chunk])));
  stream.on('error', () => {});
  const answered = new Promise<void>((resolve) => stream.once('data', () => resolve()));
  const ended = new Promise<void>((resolve) => {
    stream.once('close', resolve);
    client.once('close', () => resolve());
  }).then(() => void client.end());
  return {
    stream,
    answered,
    ended,
    greet: () => void stream.write(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3])),
    open: (id, path, flags) => void stream.write(openPacket(id, path, flags)),
    answers: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const types = typesIn(held);
          if (types.length < count) return;
          stream.removeListener('data', look);
          resolve(types);
        };
        stream.on('data', look);
        look();
      }),
    text: () => held.toString('utf8'),
    close: () => void client.destroy(),
  };
}

/** Offers a password and nothing else, though the server takes keys only. Resolves when it is turned away. */
export function knockWithPassword(door: Door, password: string): Promise<void> {
  const client = new ssh2.Client();
  const username = userInfo().username;
  const offer: PasswordAuthMethod = { type: 'password', username, password };
  return new Promise((resolve, reject) => {
    client.once('ready', () => reject(new Error('a password was taken')));
    client.once('error', () => {
      client.end();
      resolve();
    });
    client.connect({
      host: '127.0.0.1',
      port: door.port,
      username,
      authHandler: [offer],
    });
  });
}

function openPacket(id: number, path: string, flags: number): Buffer {
  const body = Buffer.alloc(1 + 4 + 4 + path.length + 4 + 4);
  body.writeUInt8(3, 0);
  body.writeUInt32BE(id, 1);
  body.writeUInt32BE(path.length, 5);
  body.write(path, 9, 'latin1');
  body.writeUInt32BE(flags, 9 + path.length);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function typesIn(bytes: Buffer): readonly number[] {
  const types: number[] = [];
  for (
    let at = 0;
    at + 5 <= bytes.length && at + 4 + bytes.readUInt32BE(at) <= bytes.length;
    at += 4 + bytes.readUInt32BE(at)
  )
    types.push(bytes.readUInt8(at + 4));
  return types;
}
