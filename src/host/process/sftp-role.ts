/** The SFTP gate's process: the embedded server, and on request OpenSSH's sshd in front of the same gate. */
import { join } from 'node:path';
import type { Running, Start } from './child.ts';
import { openGateParts } from './gate-parts.ts';
import type { SftpParts } from '#gates/sftp/door.ts';
import { loadHostKey } from '#gates/sftp/host-key.ts';
import { startEmbeddedSftp } from '#gates/sftp/ssh2-server.ts';
import { decideTransfer } from '#gates/registry/holding.ts';

export const startSftp: Start = async ({ data, sftp }, log) => {
  const parts = await openGateParts(data, log, { gate: 'sftp', decide: decideTransfer, shape: 'connection' });
  const { engine, registry, files, clock } = parts;
  const sftpParts: SftpParts = { engine, registry, files, clock, onTrouble: (what, error) => log.warn({ err: error }, what) };
  const hostKey = loadHostKey(join(data, 'keys', 'ssh-host-ed25519'));
  const door = await startEmbeddedSftp(sftpParts, { host: sftp.host, port: sftp.port, hostKey });
  return {
    address: `${door.host.includes(':') ? `[${door.host}]` : door.host}:${door.port}`,
    notes: { hostKey: hostKey.fingerprint },
    async close() {
      // Every session ends and is recorded before the doors are taken away.
      await registry.close();
      await door.close();
      await parts.close();
    },
  } satisfies Running;
};
