/** The two transports, started for a test: the same world behind each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { openRelayDoor } from '#gates/sftp/relay-door.ts';
import type { GateLimits } from '#gates/sftp/limits.ts';
import { startEmbeddedSftp } from '#gates/sftp/ssh2-server.ts';
import { installRelay } from '#host/sshd/relay-program.ts';
import { startSshd } from '#host/sshd/sshd-process.ts';
import { renderRelayCommand } from '#host/sshd/sshd-config.ts';
import { freePort } from '../free-port.ts';
import type { World } from './world.ts';

export interface Door {
  readonly name: 'embedded ssh2' | 'sshd and relay';
  readonly port: number;
  /** Connections or relayed channels at this moment. */
  connections(): number;
  close(): Promise<void>;
}

export interface Transport {
  readonly name: Door['name'];
  open(world: World, limits?: Partial<GateLimits>): Promise<Door>;
}

export const embedded: Transport = {
  name: 'embedded ssh2',
  async open(world, limits = {}) {
    const server = await startEmbeddedSftp(world.parts, { host: '127.0.0.1', port: 0, hostKey: world.hostKey, limits });
    return {
      name: 'embedded ssh2',
      port: server.port,
      connections: () => server.connections,
      close: () => server.close(),
    };
  },
};

/**
 * sshd runs a key command only from folders that root alone can write, which the temporary folder is not: the relay stands under /run
 * for as long as the test does. sshd itself must be started by root.
 */
export const sshd: Transport = {
  name: 'sshd and relay',
  open: (world, limits = {}) => openSshd(world, limits, 'cc'),
};

/** As on a machine without a compiler. */
export const sshdWithNodeRelay: Transport = {
  name: 'sshd and relay',
  open: (world, limits = {}) => openSshd(world, limits, 'no-such-compiler'),
};

async function openSshd(world: World, limits: Partial<GateLimits>, compiler: string): Promise<Door> {
  const folder = mkdtempSync('/run/picturelock-test-');
  const { path: relayPath } = await installRelay(join(folder, 'bin'), { compiler });
  const socketPath = join(folder, 'door', 'relay.sock');
  const relayCommand = (credential: string): string => renderRelayCommand(relayPath, socketPath, credential);
  const door = await openRelayDoor(world.parts, { socketPath, relayCommand, limits });
  const port = await freePort();
  const process = await startSshd({
    host: '127.0.0.1',
    port,
    hostKeyPath: world.hostKey.path,
    account: userInfo().username,
    relayPath,
    socketPath,
    folder: join(world.folder, 'sshd'),
    onTurnedAway: (tried) => void door.turnedAway(tried),
  }).catch(async (error: unknown) => {
    await door.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    name: 'sshd and relay',
    port,
    connections: () => door.connections,
    async close() {
      await process.close();
      await door.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
