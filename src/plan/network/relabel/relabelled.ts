/**
 * What a change of labels takes out of an invariant's sight: rules that would be refused before it and pass afterwards, though nobody has
 * written them yet. A zone that is called something else, a network given to a weaker zone, a machine moved or made a bastion: each is a breach
 * of the invariants that it blinds, with a connection that they would no longer refuse. So a label cannot be changed first and the flow
 * added later, nor something removed and added again. docs/decisions/0009-labels-are-guarded.md says why.
 */
import type { InvariantId } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import { renderSpan } from '#plan/network/address-set.ts';
import type { Crossing, Ground, Place } from '#plan/network/invariants/ground.ts';
import { groundOf } from '#plan/network/invariants/ground.ts';
import type { Breach } from '#plan/network/invariants/invariant.ts';
import type { Judged } from '#plan/network/invariants/judge.ts';
import { judgedAs, packetOf } from '#plan/network/invariants/judge.ts';
import type { Stretch } from '#plan/network/relabel/grounds.ts';
import { stretchesOf } from '#plan/network/relabel/grounds.ts';
import type { Shape, Side } from '#plan/network/relabel/hypothesis.ts';
import { bareGround, crossingOf, refusing, SHAPES } from '#plan/network/relabel/hypothesis.ts';
import type { Relabelled } from '#plan/network/relabel/machines.ts';
import { isInside, keyOf, relabelledMachines } from '#plan/network/relabel/machines.ts';

/** How breaches by labels are told apart from others. */
export const RELABELLED = 'relabelled';

interface World {
  readonly at: number;
  readonly state: State;
  readonly ground: Ground;
}

/** A part of the network before and after. */
interface Turn {
  readonly was: Side;
  readonly is: Side;
}

/** For each invariant, a connection that it refused and that nothing would refuse any more, and at which end of it the label changes. */
type Lost = ReadonlyMap<InvariantId, LostAt>;
type Losing = Map<InvariantId, LostAt>;

interface LostAt {
  readonly crossing: Crossing;
  readonly end: 'source' | 'destination';
}

export function relabelled(before: State, after: State, at: number): readonly Judged[] {
  if (before.zones === after.zones && before.hosts === after.hosts) return [];
  const lost = lostPlaces(worldOf(before, at), worldOf(after, at), at);
  const once = new Map(lost.map((one) => [`${one.id} ${one.breach.says}`, one])); // a machine has two addresses and one label
  return [...once.values()].map(({ id, breach }) =>
    judgedAs({ id }, { ...breach, tag: RELABELLED, isRelabelled: true }, after, at),
  );
}

function worldOf(state: State, at: number): World {
  return { at, state, ground: bareGround(groundOf(state, at).site) };
}

interface LostSight {
  readonly id: InvariantId;
  readonly breach: Omit<Breach, 'tag'>;
}

function lostPlaces(before: World, after: World, at: number): readonly LostSight[] {
  const stretches = stretchesOf(before.ground, after.ground);
  const partners = partnersOf(stretches);
  const zones = stretches
    .filter(({ was, is }) => was !== before.ground.internet && labelOf(was) !== labelOf(is))
    .flatMap((stretch) => {
      const lost = lostBetween(before, after, turnOf(stretch), partners, false);
      return sayLost(lost, titleLost(stretch, lost), at, stretch.was, nameOf(stretch), stretch.is);
    });
  const known = new Map<string, Lost>();
  const machines = relabelledMachines(before.ground, after.ground).flatMap((machine) => {
    const key = keyOf(machine);
    const lost = known.get(key) ?? lostBetween(before, after, machine, partners, machine.isMoved);
    known.set(key, lost);
    return sayMachine(lost, machine, at);
  });
  return [...zones, ...machines];
}

/** Places of one label answer alike; two of them, because one may be where the change itself is. */
function partnersOf(stretches: readonly Stretch[]): readonly Turn[] {
  const alike = Map.groupBy(stretches, ({ was, is }) => `${labelOf(was)} > ${labelOf(is)}`);
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    const second = same.find(({ was }) => was !== first?.was);
    return [first, second].flatMap((one) => (one === undefined ? [] : [turnOf(one)]));
  });
}

function turnOf({ was, is, set }: Stretch): Turn {
  return { was: { place: was, set, hosts: undefined }, is: { place: is, set, hosts: undefined } };
}

/** What the invariants read of a place. */
function labelOf({ zone, kinds, trust }: Place): string {
  return [trust, zone?.content ?? 'none', zone?.project ?? '', ...[...kinds].sort()].join(' ');
}

function lostBetween(before: World, after: World, turn: Turn, partners: readonly Turn[], isMoved: boolean): Lost {
  const lost: Losing = new Map();
  const outward = !isMoved || isInside(turn.was.place);
  for (const partner of partners) {
    if (partner.was.place === turn.was.place) continue; // neighbours before: nothing stood between them
    if (partner.is.place === turn.is.place && turn.is.place === after.ground.internet) continue; // nothing of ours to protect
    for (const shape of SHAPES) {
      const isFlow = shape.kind !== 'exposure';
      if (isFlow || partner.was.place === before.ground.internet)
        note(lost, before, after, shape, partner, turn, 'destination');
      if (isFlow && outward) note(lost, before, after, shape, turn, partner, 'source');
    }
  }
  return lost;
}

/** Notes every invariant that refused this rule, when none would refuse it afterwards. */
function note(lost: Losing, before: World, after: World, shape: Shape, from: Turn, to: Turn, end: LostAt['end']): void {
  const crossing = crossingOf(shape, from.was, to.was);
  const refused = refusing(crossing, before.ground, before.state, before.at);
  if (refused.every((id) => lost.has(id))) return;
  const areNeighbours = from.is.place === to.is.place;
  if (!areNeighbours && refusing(crossingOf(shape, from.is, to.is), after.ground, after.state, after.at).length > 0)
    return;
  for (const id of refused) if (!lost.has(id)) lost.set(id, { crossing, end });
}

/** An enclave that is for another title lets that title's sessions in where the first one's content lies. */
function titleLost({ was, is }: Stretch, lost: Lost): boolean {
  const project = was.zone?.project;
  return project !== undefined && was.kinds.has('enclave') && is.zone?.project !== project && !lost.has('I13');
}

function sayLost(
  lost: Lost,
  isOtherTitle: boolean,
  at: number,
  was: Place,
  name: string,
  is: Place,
): readonly LostSight[] {
  if (was.zone === undefined) return [];
  const { zone } = was;
  const next = `Keep what ${was.name} is called.`;
  const title: readonly LostSight[] = isOtherTitle
    ? [
        {
          id: 'I13',
          breach: {
            zone,
            says: `${name} would be an enclave of another title: relabelled, and I13 lets that one in.`,
            next,
          },
        },
      ]
    : [];
  const says = (id: InvariantId) => `${name} would be ${calledOf(is)}: relabelled, and ${id} no longer covers it.`;
  return [
    ...title,
    ...[...lost].map(([id, { crossing }]) => ({ id, breach: { zone, ...seen(crossing, at), says: says(id), next } })),
  ];
}

function sayMachine(lost: Lost, { host, was, is, isMoved }: Relabelled, at: number): readonly LostSight[] {
  const what = isMoved
    ? `${host.name} would move from ${was.place.name} to ${is.place.name}`
    : `${host.name} in ${is.place.name} would be ${is.hosts?.map(({ role = 'other' }) => `a ${role}`).join(' and ') || 'no declared machine'}`;
  const next = isMoved
    ? 'Leave it where it is, or wipe it and declare it under a new name.'
    : 'Keep what it is called.';
  return [...lost].map(([id, { crossing, end }]) => ({
    id,
    breach: {
      host,
      ...seen({ ...crossing, [end]: was.set }, at),
      says: `${what}: relabelled, and ${id} no longer covers it.`,
      next,
    },
  }));
}

/** A connection that was refused, as a packet. */
function seen(crossing: Crossing, at: number): Pick<Breach, 'packet'> {
  const packet = packetOf(crossing, undefined, at);
  return packet === undefined ? {} : { packet };
}

function nameOf({ was, set }: Stretch): string {
  const span = set.v4[0] ?? set.v6[0];
  return span === undefined ? was.name : `${was.name} (${renderSpan(span)})`;
}

function calledOf({ zone, name, kinds, trust }: Place): string {
  if (zone === undefined || kinds.has('internet')) return 'undeclared, which is the internet';
  return `${name} (${[...kinds].join(', ') || 'of no kind'}, trust ${trust})`;
}
