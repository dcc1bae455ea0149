/**
 * The SFTP gate in a process of its own, as in production, with both doors: real files, real registry, the engine at the other end of
 * its socket. Prints `ready EMBEDDED_PORT SSHD_PORT HOST_KEY_LINE`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createFileService } from '#gates/files/service.ts';
import { decideTransfer } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import { loadHostKey } from '#gates/sftp/host-key.ts';
import { openRelayDoor } from '#gates/sftp/relay-door.ts';
import { startEmbeddedSftp } from '#gates/sftp/ssh2-server.ts';
import { createClock } from '#host/clock.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { createRandom } from '#host/random.ts';
import { installRelay } from '#host/sshd/relay-program.ts';
import { renderRelayCommand } from '#host/sshd/sshd-config.ts';
import { startSshd } from '#host/sshd/sshd-process.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';

const [data = '', storage = '', sshdPort = ''] = process.argv.slice(2);
const [clock, random] = [createClock(), createRandom()];
const engine = await connectEngine(data);
const workspaces = openWorkspaces(storage);
const files = createFileService({ engine, workspaces, clock, random });
const registry = createRegistry({
  engine,
  clock,
  random,
  gate: 'sftp',
  decide: decideTransfer,
  shape: 'connection',
  onFault: (error) => console.error(error),
});
const parts = {
  engine,
  registry,
  files,
  clock,
  onTrouble: (what: string, error?: unknown) => console.error(what, error),
};
const hostKey = loadHostKey(join(data, 'keys', 'ssh-host-ed25519'));
const embedded = await startEmbeddedSftp(parts, { host: '127.0.0.1', port: 0, hostKey });
const folder = mkdtempSync('/run/picturelock-bench-');
const { path: relayPath, kind } = await installRelay(join(folder, 'bin'));
if (kind !== 'native') throw new Error('the relay needs a C compiler');
const socketPath = join(folder, 'door', 'relay.sock');
const door = await openRelayDoor(parts, {
  socketPath,
  relayCommand: (credential) => renderRelayCommand(relayPath, socketPath, credential),
});
const sshd = await startSshd({
  host: '127.0.0.1',
  port: Number(sshdPort),
  hostKeyPath: hostKey.path,
  account: userInfo().username,
  relayPath,
  socketPath,
  folder: join(data, 'sshd'),
  onTurnedAway: () => {},
});
process.once('SIGTERM', () => void close());
console.log(`ready ${embedded.port} ${sshdPort} ${hostKey.publicLine}`);

async function close(): Promise<void> {
  await sshd.close();
  await Promise.all([door.close(), embedded.close()]);
  await registry.close();
  await engine.close();
  await workspaces.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
