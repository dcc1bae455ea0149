/** The proof of all invariants at full size, and what one change costs. */
import type { BenchRow } from '../bench.ts';
import { median } from '../bench.ts';
import { barFacility, GRANTS, renewed, timed } from './facility.ts';
import { ask, newId } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { networkGuard, previewNetwork } from '#plan/network/guard.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import { openPaths } from '#plan/network/test-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';

const ROUNDS = 9;
const CHANGES = 15;
const PROOF_BAR_MS = 1000;
const CHANGE_BAR_MS = 50;
/** I1 and I14 speak of what a gateway reports, and no gateway runs here. */
const OF_GATEWAY = new Set(['I1', 'I14']);

export async function run(): Promise<readonly BenchRow[]> {
  const facility = barFacility();
  const { world } = facility;
  const size = `${world.state.hosts.size} hosts, ${GRANTS} live grants`;
  const cold = Array.from({ length: ROUNDS }, () => {
    const state = renewed(world.state);
    const { ms, value } = timed(() => proveInvariants(state, world.at));
    const broken = value.invariants.filter(({ id, holds }) => !OF_GATEWAY.has(id) && holds !== true);
    if (broken.length > 0 || value.rules < GRANTS)
      throw new Error(`the proof is not the one to measure: ${broken[0]?.id}`);
    return ms;
  });
  const grants = Array.from({ length: CHANGES }, () => change(facility, () => openPaths(facility, 1)));
  const flows = Array.from({ length: CHANGES }, () => change(facility, () => addFlow(facility)));
  const hosts = Array.from({ length: CHANGES }, (_, i) => change(facility, () => addHost(facility, i)));
  const row = (name: string, values: readonly number[], bar: number): BenchRow => {
    const value = median(values);
    return { name: `${name}, ${size}`, value, unit: 'ms', bar: `<= ${bar} ms`, better: 'lower', holds: value <= bar };
  };
  return [
    row('proof of all invariants, nothing remembered', cold, PROOF_BAR_MS),
    row(
      'one grant more: guarded',
      grants.map(({ guard }) => guard),
      CHANGE_BAR_MS,
    ),
    row(
      'one grant more: previewed',
      grants.map(({ preview }) => preview),
      CHANGE_BAR_MS,
    ),
    row(
      'one grant more: proved anew',
      grants.map(({ proof }) => proof),
      CHANGE_BAR_MS,
    ),
    row(
      'one flow more: guarded',
      flows.map(({ guard }) => guard),
      CHANGE_BAR_MS,
    ),
    row(
      'one flow more: previewed',
      flows.map(({ preview }) => preview),
      CHANGE_BAR_MS,
    ),
    row(
      'one flow more: proved anew',
      flows.map(({ proof }) => proof),
      CHANGE_BAR_MS,
    ),
    row(
      'one host more: guarded',
      hosts.map(({ guard }) => guard),
      CHANGE_BAR_MS,
    ),
    row(
      'one host more: previewed',
      hosts.map(({ preview }) => preview),
      CHANGE_BAR_MS,
    ),
    row(
      'one host more: proved anew',
      hosts.map(({ proof }) => proof),
      CHANGE_BAR_MS,
    ),
  ];
}

/** Each measure on a state of its own, so that none profits from what another remembered. */
function change({ world }: DrawnFacility, make: () => void) {
  world.at += 1000; // a grant of the same path ends later than those before
  const before = world.state;
  proveInvariants(before, world.at);
  make();
  const after = world.state;
  const fresh = (): State => ({ ...after, network: { ...after.network, paths: rehung(after.network.paths) } });
  const [a, b, c] = [fresh(), fresh(), fresh()];
  const guard = timed(() => networkGuard(before, a, world.at));
  const preview = timed(() => previewNetwork(before, b, world.at));
  const proof = timed(() => proveInvariants(c, world.at));
  if (guard.value !== undefined || preview.value.refused !== undefined)
    throw new Error('the change is not the one to measure');
  return { guard: guard.ms, preview: preview.ms, proof: proof.ms };
}

/** The same paths in another map. */
function rehung(paths: State['network']['paths']): State['network']['paths'] {
  const [first] = paths.values();
  return first === undefined ? paths : paths.delete(first.id).set(first.id, first);
}

function addHost({ world, zones }: DrawnFacility, i: number): void {
  const zone = zones.get('corporate');
  if (zone === undefined) throw new Error('the office is drawn');
  const [host, name] = [newId(world, 'host'), `visitor-${i}`];
  ask(world, { kind: 'add-host', host, zone, name, addresses: [`10.20.39.${10 + i}`] });
}

let port = 30_000;

function addFlow({ world, zones }: DrawnFacility): void {
  port += 1;
  const [from, to] = [zones.get('production'), zones.get('storage')];
  if (from === undefined || to === undefined) throw new Error('production and storage are drawn');
  const service = newId(world, 'service');
  const ports = [{ protocol: 'tcp' as const, first: port, last: port }];
  ask(world, { kind: 'define-service', service, name: `service ${port}`, plane: 'data', ports });
  ask(world, {
    kind: 'add-flow',
    flow: newId(world, 'flow'),
    service,
    from: { kind: 'zone', zone: from },
    to: { kind: 'zone', zone: to },
    class: 'standard',
    owner: world.owner,
    reason: 'measured',
    reviewBy: world.at + 30 * DAY_MS,
  });
}
