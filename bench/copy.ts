/** A copy to a vault that answers 20 ms late, as one in the next city does: several objects at once beside one after another, in turns. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { serveTestVault, tokenOf } from '../test/vault/attacks/served-vault.ts';
import type { ServedVault } from '../test/vault/attacks/served-vault.ts';
import { makeRepository } from '../test/vault/test-repository.ts';
import type { BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { COPIED_AT_ONCE, copyObjects } from '#host/backup/copy.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import { openRestStore } from '#vault/store/rest-store.ts';

const ONE_WAY_MS = 10;
const SET_MIB = 128;
const ROUNDS = 3;
const RATIO_MAX = 0.5;
const ALONE = { count: 1, bytes: 0 };

export async function run(): Promise<readonly BenchRow[]> {
  using repository = await makeRepository('bench-copy');
  writeFileSync(join(repository.source, 'reel.bin'), randomBytes(SET_MIB * 2 ** 20));
  await repository.backup();
  const clients = Array.from({ length: ROUNDS * 2 }, (_, n) => ({ name: `edit-${n}` }));
  const vault = await serveTestVault(clients);
  const late = await startLateWay(vault.service.port);
  try {
    await vault.service.vault.openWindow(60);
    const [alone, atOnce]: [number[], number[]] = [[], []];
    for (const [n, { name }] of clients.entries())
      (n % 2 === 0 ? alone : atOnce).push(await copied(repository.path, vault, late.port, name, n % 2 === 0));
    return [row(median(atOnce), median(alone))];
  } finally {
    late.close();
    await vault.close();
  }
}

async function copied(from: string, vault: ServedVault, port: number, name: string, isAlone: boolean): Promise<number> {
  const credentialFile = join(vault.folder, `${name}.credential`);
  writeFileSync(credentialFile, `${name}:${tokenOf(name)}\n`, { mode: 0o600 });
  const to = openRestStore({ url: `http://127.0.0.1:${port}/${name}/`, credentialFile });
  const begun = performance.now();
  await copyObjects(openFolderStore(from), to, () => undefined, isAlone ? ALONE : COPIED_AT_ONCE);
  const ms = performance.now() - begun;
  await to.close();
  return ms;
}

function row(value: number, peerValue: number): BenchRow {
  const ratio = value / peerValue;
  return {
    name: `copy of ${SET_MIB} MiB to a vault ${2 * ONE_WAY_MS} ms away, ${COPIED_AT_ONCE.count} objects at once`,
    value,
    unit: 'ms',
    peer: 'one after another',
    peerValue,
    ratio,
    bar: `<= ${RATIO_MAX} x one after another`,
    better: 'lower',
    holds: ratio <= RATIO_MAX,
  };
}

async function startLateWay(target: number): Promise<{ readonly port: number; close(): void }> {
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    late(near, far);
    late(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }; // it listens on TCP
}

/** Everything arrives, in order, so much later. */
function late(from: Socket, to: Socket): void {
  from.setNoDelay(true);
  from.on('data', (bytes) => setTimeout(() => to.destroyed || to.write(bytes), ONE_WAY_MS));
  from.on('error', () => to.destroy());
  from.once('close', () => setTimeout(() => to.destroy(), ONE_WAY_MS));
}
