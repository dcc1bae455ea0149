/** All breaches of all invariants as they stand at one instant, each with a packet and with the exception that lifts it. */
import type { InvariantException } from '#model/network-state.ts';
import type { Session, State } from '#model/state.ts';
import { TIME_MAX } from '#model/limits.ts';
import { present } from '#model/transition.ts';
import type { ServicePort } from '#model/network-shapes.ts';
import type { Packet } from '#plan/network/policy.ts';
import { portBoxes } from '#plan/network/port-box.ts';
import { INVARIANTS } from '#plan/network/invariants/all.ts';
import { outlyingShares } from '#plan/network/invariants/enclaves.ts';
import { joinsBetween } from '#plan/network/invariants/content-path.ts';
import type { Crossing, Ground, Place } from '#plan/network/invariants/ground.ts';
import { crossingsOf, groundOf, isSame, serviceOf } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant, Violation } from '#plan/network/invariants/invariant.ts';
import type { Rule } from '#plan/network/rule.ts';
import { byId, eachPath } from '#plan/network/rule.ts';
import { spanToShow, witness } from '#plan/network/witness.ts';

/** A breach and what is said of it. */
export interface Judged {
  readonly breach: Breach;
  readonly violation: Violation;
}

/** A breach and the invariant that it is of. */
interface Found {
  readonly invariant: Invariant;
  readonly breach: Breach;
}

/** Every breach, in the order of the invariants and then of the rules. */
export function judge(state: State, at: number): readonly Judged[] {
  const ground = groundOf(state, at);
  const paths = crossedPaths(eachPath(state.network.paths), ground, at);
  const places = new Set(ground.crossings.flatMap(({ from, to }) => [from, to]));
  for (const { crossings } of paths) for (const { from, to } of crossings) places.add(from).add(to);
  const found = [
    ...INVARIANTS.flatMap((invariant) => [
      ...[...(invariant.whole?.(ground, state, at) ?? [])].map((breach) => ({ invariant, breach })),
      ...undescribedZones(invariant, places).map((breach) => ({ invariant, breach })),
    ]),
    ...breachesOf(ground.crossings, ground, state, at),
    ...pathBreaches(paths, ground, state, at),
  ];
  const groups = Map.groupBy(found, ({ invariant }) => invariant);
  return INVARIANTS.flatMap((invariant) =>
    (groups.get(invariant) ?? []).map(({ breach }) => judgedAs(invariant, breach, state, at)),
  );
}

/** Breaches of these paths alone: what a path newly does wrong no other rule can do. */
export function judgePaths(state: State, paths: readonly Rule[], at: number): readonly Judged[] {
  const ground = groundOf(state, at);
  return pathBreaches(crossedPaths(paths, ground, at), ground, state, at).map(({ invariant, breach }) =>
    judgedAs(invariant, breach, state, at),
  );
}

function breachesOf(crossings: readonly Crossing[], ground: Ground, state: State, at: number): readonly Found[] {
  const found: Found[] = [];
  for (const crossing of crossings) {
    for (const invariant of CROSSED) {
      for (const breach of invariant.crossing(crossing, ground, state, at)) found.push({ invariant, breach });
    }
  }
  return found;
}

type CrossedInvariant = Invariant & { readonly crossing: NonNullable<Invariant['crossing']> };

/** Those that judge one crossing at a time. */
export const CROSSED = INVARIANTS.filter((one): one is CrossedInvariant => one.crossing !== undefined);

interface PathVerdict {
  readonly felt: readonly object[];
  readonly crossings: readonly Crossing[];
  readonly session: Session | undefined;
  readonly found: readonly Found[];
}

const verdicts = new WeakMap<Rule, PathVerdict>();

interface CrossedPath {
  readonly rule: Rule;
  readonly crossings: readonly Crossing[];
}

/** Those that have not ended, with the zones that they join. */
function crossedPaths(rules: readonly Rule[], { site }: Ground, at: number): readonly CrossedPath[] {
  return rules.filter(({ last }) => last >= at).map((rule) => ({ rule, crossings: crossingsOf(site, rule) }));
}

/** A path is judged anew when its session changed, or any standing rule that a path can feel. */
function pathBreaches(paths: readonly CrossedPath[], ground: Ground, state: State, at: number): readonly Found[] {
  const felt = feltBy(ground);
  const all: Found[] = [];
  for (const { rule, crossings } of paths) {
    if (rule.kind !== 'path') continue;
    const session = state.sessions.get(rule.path.session);
    let known = verdicts.get(rule);
    if (known?.felt !== felt || known.session !== session || known.crossings !== crossings) {
      known = { felt, crossings, session, found: breachesOf(crossings, ground, state, at) };
      verdicts.set(rule, known);
    }
    if (known.found.length > 0) all.push(...known.found);
  }
  return all.sort((a, b) => byRule(a.breach, b.breach));
}

function byRule({ crossing: a }: Breach, { crossing: b }: Breach): number {
  return a === undefined || b === undefined ? 0 : byId(a.rule, b.rule);
}

const feltOn = new WeakMap<Ground['places'], readonly object[]>();

/** What decides whether a path breaks something: rules that it can feel and shares that it may reach; the same list, as an object, while they are the same. */
function feltBy(ground: Ground): readonly object[] {
  const shares = outlyingShares(ground).flatMap(({ host, home }) => [host, home]);
  const felt = [...ground.crossings.filter((crossing) => isFelt(crossing)), ...shares];
  const known = feltOn.get(ground.places);
  if (known !== undefined && isSame(felt, known)) return known;
  feltOn.set(ground.places, felt);
  return felt;
}

function isFelt(crossing: Crossing): boolean {
  const { rule, to } = crossing;
  if (rule.kind === 'exposure' || to.kinds.has('internet')) return true;
  return serviceOf(rule)?.plane === 'management' || joinsBetween(crossing);
}

/** Zones that take part in a rule and don't say what they are for. */
function undescribedZones({ asksForKinds }: Invariant, places: ReadonlySet<Place>): readonly Breach[] {
  if (!asksForKinds) return [];
  return [...places].flatMap(({ zone, isUndescribed }) =>
    zone === undefined || !isUndescribed
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

/** A breach of this invariant as it is reported, with the exception that lifts it in this state. */
export function judgedAs({ id }: Pick<Invariant, 'id'>, breach: Breach, state: State, at: number): Judged {
  const { crossing, host, zone, tag, says, next, isReported, isRelabelled } = breach;
  const rule = crossing?.rule;
  const subject = rule?.id ?? host?.id ?? zone?.id ?? 'facility';
  const [fromZone, toZone] = [crossing?.from.zone?.id, crossing?.to.zone?.id];
  const packet = breach.packet ?? (crossing === undefined ? undefined : packetOf(crossing, breach.ports, at));
  const violation = present<Violation>({
    invariant: id,
    key: [id, subject, fromZone ?? '', toZone ?? '', tag ?? ''].join(' '),
    rule: rule?.id,
    ruleKind: rule?.kind,
    host: host?.id,
    zone: zone?.id,
    fromZone,
    toZone,
    project: rule?.kind === 'path' ? rule.path.project : undefined,
    packet: packet === undefined ? undefined : { ...packet, at: Math.max(packet.at, at) },
    says,
    next,
    isReported,
    isRelabelled,
    ...liftOf(id, breach, state, at),
  });
  return { breach, violation };
}

/** Whether an exception lifts a breach, and from when on none does. */
function liftOf(id: string, breach: Breach, state: State, at: number) {
  const ruleLast = breach.crossing?.rule.last ?? TIME_MAX;
  const last = ruleLast === TIME_MAX ? undefined : ruleLast;
  const unlifted = { exceptedBy: undefined, last };
  if (breach.isDoubt === true) return { ...unlifted, standing: 'unknown' as const, breaksFrom: undefined };
  const exception = latestException(state, id, breach, at);
  if (exception === undefined) return { ...unlifted, standing: 'breaks' as const, breaksFrom: at };
  const breaksFrom = ruleLast < exception.until ? undefined : exception.until;
  return { standing: 'excepted' as const, exceptedBy: exception.id, breaksFrom, last };
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
  const [from4, to4] = [spanToShow(source.v4), spanToShow(destination.v4)];
  const [from6, to6] = [spanToShow(source.v6), spanToShow(destination.v6)];
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
  const line = flow ?? exposure;
  if (line !== undefined) return crossing?.rule.id === line;
  if (host !== undefined) return breach.host?.id === host || isOnlyHost(crossing, host);
  return zone !== undefined && [breach.zone, crossing?.from.zone, crossing?.to.zone].some((one) => one?.id === zone);
}

function isOnlyHost(crossing: Crossing | undefined, host: string): boolean {
  return [crossing?.fromHosts, crossing?.toHosts].some((hosts) => hosts?.length === 1 && hosts[0]?.id === host);
}
