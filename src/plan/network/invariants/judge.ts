/** All breaches of all invariants as they stand at one instant, each with a packet and with the exception that lifts it. */
import type { InvariantException, State } from '#model/state.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { ServicePort } from '#model/network-shapes.ts';
import type { Packet } from '#plan/network/policy.ts';
import { portBoxes } from '#plan/network/port-box.ts';
import { INVARIANTS } from '#plan/network/invariants/all.ts';
import type { Crossing, Ground } from '#plan/network/invariants/ground.ts';
import { crossingsOf, groundOf } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant, Violation } from '#plan/network/invariants/invariant.ts';
import type { Rule } from '#plan/network/rule.ts';
import { pathRules } from '#plan/network/rule.ts';
import { witness } from '#plan/network/witness.ts';

/** A breach and what is said of it. */
export interface Judged {
  readonly breach: Breach;
  readonly violation: Violation;
}

/** Every breach, in the order of the invariants and then of the rules. */
export function judge(state: State, at: number): readonly Judged[] {
  const ground = groundOf(state, at);
  const crossings = [...ground.crossings, ...pathCrossings(ground, pathRules(state), at)];
  return INVARIANTS.flatMap((invariant) => [
    ...judgeWhole(invariant, ground, state, at),
    ...undescribedZones(invariant, crossings).map((breach) => judged(invariant, breach, state, at)),
    ...judgeCrossings(invariant, crossings, ground, state, at),
  ]);
}

/** Breaches of these paths alone: what a path newly does wrong no other rule can do. */
export function judgePaths(state: State, paths: readonly Rule[], at: number): readonly Judged[] {
  const ground = groundOf(state, at);
  const crossings = pathCrossings(ground, paths, at);
  return INVARIANTS.flatMap((invariant) => judgeCrossings(invariant, crossings, ground, state, at));
}

function judgeWhole(invariant: Invariant, ground: Ground, state: State, at: number): readonly Judged[] {
  const found = [...(invariant.whole?.(ground, state, at) ?? [])];
  return found.map((breach) => judged(invariant, breach, state, at));
}

function judgeCrossings(
  invariant: Invariant,
  crossings: readonly Crossing[],
  ground: Ground,
  state: State,
  at: number,
): readonly Judged[] {
  const { crossing: judgeOne } = invariant;
  if (judgeOne === undefined) return [];
  const found: Judged[] = [];
  for (const crossing of crossings) {
    for (const breach of judgeOne(crossing, ground, state)) found.push(judged(invariant, breach, state, at));
  }
  return found;
}

const crossed = new WeakMap<Rule, { readonly ground: Ground; readonly crossings: readonly Crossing[] }>();

function pathCrossings(ground: Ground, paths: readonly Rule[], at: number): readonly Crossing[] {
  const all: Crossing[] = [];
  for (const rule of paths) {
    if (rule.last < at) continue;
    let known = crossed.get(rule);
    if (known?.ground !== ground) crossed.set(rule, (known = { ground, crossings: crossingsOf(ground, rule) }));
    all.push(...known.crossings);
  }
  return all;
}

/** Zones that take part in a rule and don't say what they are for. */
function undescribedZones({ asksForKinds }: Invariant, crossings: readonly Crossing[]): readonly Breach[] {
  if (!asksForKinds) return [];
  const places = new Set(crossings.flatMap(({ from, to }) => [from, to]).filter(({ isUndescribed }) => isUndescribed));
  return [...places].flatMap(({ zone }) =>
    zone === undefined
      ? []
      : [
          {
            zone,
            tag: 'undescribed',
            isDoubt: true,
            says: `${zone.name} does not say what it is for, so its rules cannot be judged.`,
            next: `Say what kind of zone ${zone.name} is.`,
          },
        ],
  );
}

function judged({ id }: Invariant, breach: Breach, state: State, at: number): Judged {
  const { crossing, host, zone, tag, says, next, isDoubt, isReported } = breach;
  const rule = crossing?.rule;
  const subject = rule?.id ?? host?.id ?? zone?.id ?? 'facility';
  const [fromZone, toZone] = [crossing?.from.zone?.id, crossing?.to.zone?.id];
  const last = rule === undefined || rule.last === TIME_MAX ? undefined : rule.last;
  const exception = isDoubt === true ? undefined : latestException(state, id, breach, at);
  const isCovered = exception !== undefined && last !== undefined && last < exception.until;
  const breaksFrom = exception === undefined ? at : isCovered ? undefined : exception.until;
  const project = rule?.kind === 'path' ? rule.path.project : undefined;
  const packet = breach.packet ?? (crossing === undefined ? undefined : packetOf(crossing, breach.ports, at));
  return {
    breach,
    violation: {
      invariant: id,
      key: [id, subject, fromZone ?? '', toZone ?? '', tag ?? ''].join(' '),
      standing: isDoubt === true ? 'unknown' : exception === undefined ? 'breaks' : 'excepted',
      ...(rule === undefined ? {} : { rule: rule.id, ruleKind: rule.kind }),
      ...(host === undefined ? {} : { host: host.id }),
      ...(zone === undefined ? {} : { zone: zone.id }),
      ...(fromZone === undefined ? {} : { fromZone }),
      ...(toZone === undefined ? {} : { toZone }),
      ...(project === undefined ? {} : { project }),
      ...(packet === undefined ? {} : { packet: { ...packet, at: Math.max(packet.at, at) } }),
      says,
      next,
      ...(exception === undefined ? {} : { exceptedBy: exception.id }),
      ...(breaksFrom === undefined || isDoubt === true ? {} : { breaksFrom }),
      ...(last === undefined ? {} : { last }),
      ...(isReported === true ? { isReported } : {}),
    },
  };
}

/** One packet of a crossing, on the ports that matter. */
export function packetOf(
  crossing: Crossing,
  ports: readonly ServicePort[] | undefined,
  at: number,
): Packet | undefined {
  const { source, destination, rule } = crossing;
  const time = { first: at, last: Math.max(at, rule.last) };
  const family = source.v4.length > 0 && destination.v4.length > 0 ? 'v4' : 'v6';
  const [box] = portBoxes(ports ?? rule.ports, family);
  if (box === undefined) return undefined;
  const [from4, to4, from6, to6] = [source.v4[0], destination.v4[0], source.v6[0], destination.v6[0]];
  if (from4 !== undefined && to4 !== undefined) return witness({ source: from4, destination: to4, ...box, time });
  if (from6 !== undefined && to6 !== undefined) return witness({ source: from6, destination: to6, ...box, time });
  return undefined;
}

/** An exception that has ended counts for nothing. */
function latestException(state: State, id: string, breach: Breach, at: number): InvariantException | undefined {
  let latest: InvariantException | undefined;
  for (const exception of state.network.exceptions.values() as Iterable<InvariantException>) {
    if (exception.invariant !== id || exception.until <= at || !isFor(exception, breach)) continue;
    if (latest === undefined || exception.until > latest.until) latest = exception;
  }
  return latest;
}

/** An exception names one thing; it lifts breaches of that thing, and of rules that end at it. */
function isFor({ flow, exposure, host, zone }: InvariantException, breach: Breach): boolean {
  const { crossing } = breach;
  if (flow !== undefined) return crossing?.rule.id === flow;
  if (exposure !== undefined) return crossing?.rule.id === exposure;
  if (host !== undefined) return breach.host?.id === host || isOnlyHost(crossing, host);
  if (zone === undefined) return false;
  return breach.zone?.id === zone || crossing?.from.zone?.id === zone || crossing?.to.zone?.id === zone;
}

function isOnlyHost(crossing: Crossing | undefined, host: string): boolean {
  return [crossing?.fromHosts, crossing?.toHosts].some((hosts) => hosts?.length === 1 && hosts[0]?.id === host);
}
