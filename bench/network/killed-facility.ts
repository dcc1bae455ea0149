/** A facility with engine and network gate in one process, which opens paths of live sessions and waits to be killed. */
import type { Row } from './scene.ts';
import { v4, v6 } from './scene.ts';
import { startNetworkGate } from '#gates/network/gate.ts';
import { createClock } from '#host/clock.ts';
import { newLabId, openLabFacility, openLabSession } from '#host/lab/lab-engine.ts';
import { createRandom } from '#host/random.ts';
import { createWardenClient } from '#host/warden/client.ts';
import type { FacilityFile } from '#model/facility-file.ts';

export interface KilledOrder {
  readonly socket: string;
  readonly rows: readonly Row[];
}
export type KilledAnswer = { readonly kind: 'opened' } | { readonly kind: 'failed'; readonly why: string };

const PER_SESSION = 10;

const file: FacilityFile = {
  facility: 1,
  zones: {
    dmz: { trust: 20, networks: ['10.66.0.0/16', 'fd66:0::/64'], kinds: ['dmz'], content: 'none' },
    production: { trust: 70, networks: ['10.67.0.0/16', 'fd66:1::/64'], kinds: ['production'], content: 'kept' },
  },
  hosts: {
    broker: { zone: 'dmz', addresses: [v4(0), v6(0)], role: 'broker' },
    seat: { zone: 'production', addresses: [v4(1), v6(1)], role: 'workstation' },
  },
};

async function open({ socket, rows }: KilledOrder): Promise<void> {
  const { engine, ask, owner } = await openLabFacility(file);
  const warden = createWardenClient(socket);
  const gate = startNetworkGate({
    engine,
    warden,
    clock: createClock(),
    random: createRandom(),
    onTrouble: (what, error) => console.error(what, error),
  });
  await ask({ kind: 'change-network-mode', mode: 'enforce' });
  await gate.level();
  const { apply } = engine.state().network;
  if (apply === undefined) throw new Error('nothing was applied');
  await ask({ kind: 'confirm-apply', apply: apply.id });
  let session = await openLabSession(engine, owner.person);
  for (const [n, { from, to, port, until = 0 }] of rows.entries()) {
    if (n % PER_SESSION === 0) session = await openLabSession(engine, owner.person);
    const ends = { from, to, protocol: 'tcp', port, until } as const;
    await ask({ kind: 'open-path', path: newLabId('path'), session, ...ends }, { service: 'gate-desktop' });
  }
  await gate.level();
}

function say(answer: KilledAnswer): void {
  process.send?.(answer);
}

process.once('message', (raw) => {
  open(raw as KilledOrder).then(
    () => say({ kind: 'opened' }),
    (error: unknown) => say({ kind: 'failed', why: error instanceof Error ? error.message : JSON.stringify(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
