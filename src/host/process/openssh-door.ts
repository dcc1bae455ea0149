/**
 * OpenSSH's sshd in front of the SFTP gate. sshd takes its key command and its relay only from folders that root alone can write, so they
 * stand under /run for as long as the gate does; and only root can start an sshd that serves other accounts.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Place } from './settings.ts';
import type { SftpParts } from '#gates/sftp/door.ts';
import type { HostKey } from '#gates/sftp/host-key.ts';
import { openRelayDoor } from '#gates/sftp/relay-door.ts';
import { installRelay } from '#host/sshd/relay-program.ts';
import { renderRelayCommand } from '#host/sshd/sshd-config.ts';
import { startSshd } from '#host/sshd/sshd-process.ts';
import { Fault } from '#std/refused.ts';

export interface OpensshDoor {
  /** Resolves when sshd ended by itself. */
  readonly ended: Promise<string>;
  readonly relay: 'native' | 'node';
  close(): Promise<void>;
}

export async function openOpensshDoor(
  parts: SftpParts,
  at: Place,
  hostKey: HostKey,
  data: string,
): Promise<OpensshDoor> {
  if (process.getuid?.() !== 0)
    throw new Fault(
      'sshd-needs-root',
      'Only root can start sshd: run as root, or leave --sshd out and use the embedded gate.',
    );
  const folder = join('/run', `picturelock-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { path: relayPath, kind } = await installRelay(join(folder, 'bin'));
  const socketPath = join(folder, 'door', 'relay.sock');
  const door = await openRelayDoor(parts, {
    socketPath,
    relayCommand: (credential) => renderRelayCommand(relayPath, socketPath, credential),
  });
  const sshd = await startSshd({
    host: at.host,
    port: at.port,
    hostKeyPath: hostKey.path,
    account: userInfo().username,
    relayPath,
    socketPath,
    folder: join(data, 'run', 'sshd'),
    onTurnedAway: (tried) => void door.turnedAway(tried),
  }).catch(async (cause: unknown) => {
    await door.close();
    throw cause;
  });
  return {
    ended: sshd.ended,
    relay: kind,
    async close() {
      await sshd.close();
      await door.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
