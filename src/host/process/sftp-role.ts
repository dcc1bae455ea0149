/** The SFTP gate's process: the embedded server, and on request OpenSSH's sshd in front of the same gate. */
import { join } from 'node:path';
import type { Running, Start } from './child.ts';
import { openGateParts } from './gate-parts.ts';
import { openOpensshDoor } from './openssh-door.ts';
import type { SftpParts } from '#gates/sftp/door.ts';
import { loadHostKey } from '#gates/sftp/host-key.ts';
import { startEmbeddedSftp } from '#gates/sftp/ssh2-server.ts';
import { decideTransfer } from '#gates/registry/holding.ts';
import { Fault } from '#std/refused.ts';

export const startSftp: Start = async ({ data, sftp, sshd }, log) => {
  const parts = await openGateParts(data, log, { gate: 'sftp', decide: decideTransfer, shape: 'connection' });
  const { engine, registry, files, clock } = parts;
  const sftpParts: SftpParts = {
    engine,
    registry,
    files,
    clock,
    onTrouble: (what, error) => log.warn({ err: error }, what),
  };
  const hostKey = loadHostKey(join(data, 'keys', 'ssh-host-ed25519'));
  const embedded = await startEmbeddedSftp(sftpParts, { host: sftp.host, port: sftp.port, hostKey });
  const openssh = sshd === undefined ? undefined : await openOpensshDoor(sftpParts, sshd, hostKey, data);
  if (openssh?.relay === 'node') log.warn('no C compiler: the relay behind sshd runs on Node and is slower');
  return {
    address: `${embedded.host.includes(':') ? `[${embedded.host}]` : embedded.host}:${embedded.port}`,
    notes: { hostKey: hostKey.fingerprint },
    ...(openssh === undefined
      ? {}
      : { failed: openssh.ended.then((how) => new Fault('sshd-ended', how, { retry: true })) }),
    async close() {
      // Every session ends and is recorded before the doors are taken away.
      await registry.close();
      await Promise.all([embedded.close(), openssh?.close()]);
      await parts.close();
    },
  } satisfies Running;
};
