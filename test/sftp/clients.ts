/** Stock clients, run as people run them. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { run, start, type Done, type Running } from './processes.ts';
import type { Door } from './doors.ts';
import type { Guest, World } from './world.ts';

/** Both transports are asked by the same name; the embedded one takes any. */
const USER = userInfo().username;

export function sshOptions(world: World, guest: Pick<Guest, 'keyPath'>, door: Door): readonly string[] {
  const known = join(world.folder, `known_hosts_${door.port}`);
  writeFileSync(known, `[127.0.0.1]:${door.port} ${world.hostKey.publicLine}\n`);
  return [
    '-F',
    '/dev/null',
    '-i',
    guest.keyPath,
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'BatchMode=yes',
    '-o',
    `UserKnownHostsFile=${known}`,
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    'GlobalKnownHostsFile=/dev/null',
    '-o',
    'Ciphers=aes128-gcm@openssh.com',
  ];
}

/** `sftp -b -`: stops at the first command that fails, unless the line begins with `-`. */
export function sftp(
  world: World,
  guest: Pick<Guest, 'keyPath'>,
  door: Door,
  batch: readonly string[],
  extra: readonly string[] = [],
): Promise<Done> {
  return startSftp(world, guest, door, batch, extra).done;
}

export function startSftp(
  world: World,
  guest: Pick<Guest, 'keyPath'>,
  door: Door,
  batch: readonly string[],
  extra: readonly string[] = [],
): Running {
  const args = [...sshOptions(world, guest, door), '-P', String(door.port), ...extra, '-b', '-', `${USER}@127.0.0.1`];
  return start('/usr/bin/sftp', args, { input: `${batch.join('\n')}\n`, cwd: world.folder });
}

export function ssh(
  world: World,
  guest: Pick<Guest, 'keyPath'>,
  door: Door,
  args: readonly string[],
  before: readonly string[] = [],
): Promise<Done> {
  return run('/usr/bin/ssh', [
    ...sshOptions(world, guest, door),
    ...before,
    '-p',
    String(door.port),
    `${USER}@127.0.0.1`,
    ...args,
  ]);
}

export function rclone(world: World, guest: Guest, door: Door, args: readonly string[]): Promise<Done> {
  const known = join(world.folder, `known_hosts_${door.port}`);
  sshOptions(world, guest, door);
  const remote = `:sftp,host=127.0.0.1,port=${door.port},user=${USER},key_file=${guest.keyPath},known_hosts_file=${known},shell_type=none,set_modtime=false:`;
  const real = args.map((arg) => arg.replace(/^R:/, remote));
  return run('/usr/bin/rclone', [...real, '--config', '/dev/null', '--retries', '1', '--low-level-retries', '1'], {
    env: { HOME: world.folder },
  });
}

export function sameFile(a: string, b: string): boolean {
  return readFileSync(a).equals(readFileSync(b));
}
