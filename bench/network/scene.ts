/** Four machines behind a gateway in namespaces, guarded by a warden: what the rows about real packets are measured on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Layout } from '#host/lab/layout.ts';
import type { LabNetwork } from '#host/lab/network.ts';
import { buildNetwork } from '#host/lab/network.ts';
import type { Prober } from '#host/lab/prober.ts';
import { openProber } from '#host/lab/prober.ts';
import { createWardenClient } from '#host/warden/client.ts';
import { startWarden } from '#host/warden/warden.ts';
import { addressSet } from '#plan/network/address-set.ts';
import type { Marks } from '#plan/network/nft/marks.ts';
import { NO_MARKS } from '#plan/network/nft/marks.ts';
import { compileRules } from '#plan/network/nft/compile-rules.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import type { Box4, Box6 } from '#plan/network/policy.ts';
import { DENY_ALL } from '#plan/network/policy.ts';
import type { Warden } from '#ports/warden.ts';
import { TIME_MAX } from '#model/limits.ts';

export const FIRST_PORT = 6000;

export interface Scene {
  readonly network: LabNetwork;
  readonly prober: Prober;
  readonly warden: Warden;
  readonly socket: string;
  /** Ends the warden and leaves the rules; grants are then the kernel's alone. */
  endWarden(): Promise<void>;
  close(): Promise<void>;
}

/** The addresses of machine `k`, from 0. */
export function v4(k: number): string {
  return `10.${66 + k}.0.5`;
}

export function v6(k: number): string {
  return `fd66:${k}::5`;
}

const MACHINES = 4;

function layout(): Layout {
  const numbers = Array.from({ length: MACHINES }, (_, k) => k);
  const near = (k: number) => [`10.${66 + k}.0.0/16`, `fd66:${k}::/64`];
  return {
    links: numbers.map((k) => ({ name: `zone${k}`, networks: near(k), isOutside: false })),
    machines: numbers.map((k) => ({ name: `m${k}`, link: `zone${k}`, addresses: [v4(k), v6(k)], near: near(k) })),
    places: [],
    own: [],
    zones: [],
    left: 0,
  };
}

export async function openScene(ports: number): Promise<Scene> {
  const network = await buildNetwork(layout());
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-bench-'));
  const socket = join(folder, 'warden.sock');
  const settings = { socket, uid: 0, folder: join(folder, 'state'), onTrouble: () => undefined };
  const running = await startWarden({ ...settings, namespace: network.gateway.name });
  const warden = createWardenClient(socket);
  const names = network.machines.map(({ name }) => name);
  const prober = await openProber(join(tmpdir(), 'picturelock-lab-bin'), names);
  await prober.serve(
    [...names.keys()],
    Array.from({ length: ports }, (_, n) => FIRST_PORT + n),
  );
  const endWarden = async (): Promise<void> => {
    await warden.close();
    await running.close();
  };
  return {
    network,
    prober,
    warden,
    socket,
    endWarden,
    async close() {
      await prober.close();
      await endWarden().catch(() => undefined); // it may have been ended before
      await network.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Row {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly until?: number;
}

/** Rules that let these TCP flows pass and refuse the rest. Ids that begin with `pth_` become timed paths. */
export function rulesFor(rows: readonly Row[], at: number, marks: Marks = NO_MARKS): { rules: Rules; marks: Marks } {
  const boxes4: Box4[] = [];
  const boxes6: Box6[] = [];
  for (const { id, from, to, port, until = TIME_MAX + 1 } of rows) {
    const [a, b] = [addressSet(from), addressSet(to)];
    const rest = {
      protocol: { first: 6, last: 6 },
      port: { first: port, last: port },
      time: { first: at, last: until - 1 },
      because: id,
    };
    for (const source of a.v4) for (const destination of b.v4) boxes4.push({ source, destination, ...rest });
    for (const source of a.v6) for (const destination of b.v6) boxes6.push({ source, destination, ...rest });
  }
  return compileRules({ ...DENY_ALL, v4: boxes4, v6: boxes6 }, { enforce: true, links: [], marks });
}

/** The machine's wall clock with fractions of a millisecond, taken at the turn of one: the clock of the kernel's own time stamps. */
export function wallClock(): () => number {
  const before = Date.now();
  while (Date.now() === before);
  const offset = Date.now() - performance.now();
  return () => offset + performance.now();
}
