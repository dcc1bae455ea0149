/** May X reach Y: asked of the compiled policy as a whole, never rule by rule. */
import type { AnswerOf, RequestTo } from '#api/endpoints.ts';
import type { Handlers } from '#api/handler.ts';
import { ruleName } from '#api/views/network.ts';
import { packetView } from '#api/views/packet.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined, viewerAt } from '#api/views/viewer.ts';
import { zoneOf } from '#access/address.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { FlowEnd, ServicePort } from '#model/network-shapes.ts';
import type { Exposure, Flow } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { addressPlan, zoneSet } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { addressesSet, prefixSet } from '#plan/network/address-set.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import type { Region } from '#plan/network/reach.ts';
import { reach, refusedPacket } from '#plan/network/reach.ts';
import type { Remedy } from '#plan/network/why-not.ts';
import { whyNot } from '#plan/network/why-not.ts';
import type { QuarantineId, ZoneId } from '#std/ids.ts';
import { isId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

type Answered = AnswerOf<'network-reach'>;
type Question = RequestTo<'network-reach'>['body'];

export const networkReachHandlers = {
  'network-reach': async (context, { caller, input }) =>
    reachOf(await viewerAt(context, caller, input.body.at), input.body),
} satisfies Handlers;

/** One side of the question. */
interface Place {
  readonly name: string;
  readonly set: AddressSet;
  /** The segment that it stands in, when it is one. */
  readonly zone: ZoneId | undefined;
  /** As a flow would name it. */
  readonly end: FlowEnd | undefined;
}

function reachOf(viewer: Viewer, question: Question): Outcome<Answered> {
  const { state, at } = viewer;
  const [from, to] = [placeOf(state, question.from), placeOf(state, question.to)];
  if (isRefused(from)) return from;
  if (isRefused(to)) return to;
  const region: Region = {
    source: from.value.set,
    destination: to.value.set,
    ports: portsOf(question),
    time: { first: at, last: TIME_MAX },
  };
  return ok(answer(viewer, region, from.value, to.value));
}

function answer(viewer: Viewer, region: Region, from: Place, to: Place): Answered {
  const { state, at } = viewer;
  const policy = compilePolicy(state, at);
  const found = reach(policy, region);
  const now = { ...region, time: { first: at, last: at } };
  const refusal = refusedPacket(policy, now);
  const neighbours = from.zone !== undefined && from.zone === to.zone;
  const packet = found.packet ?? refusal;
  return defined<Answered>({
    may: found.may,
    whole: found.may && refusal === undefined,
    says: sentence(found.may, refusal === undefined, from, to),
    because: found.because.map((id) => ruleView(viewer, id)),
    packet: packet === undefined ? undefined : packetView(state, packet),
    until: found.last === undefined || found.last >= TIME_MAX ? undefined : found.last + 1,
    next: found.may ? undefined : nextStep(viewer, region.ports, from, to, neighbours),
    neighbours,
  });
}

function sentence(may: boolean, isWhole: boolean, from: Place, to: Place): string {
  if (!may) return `No: nothing of this passes from ${from.name} to ${to.name}`;
  return isWhole
    ? `Yes: all of this passes from ${from.name} to ${to.name}`
    : `In part: some of this passes from ${from.name} to ${to.name}`;
}

/** The smallest changes that would open it, a line each, and what each would break. */
function nextStep({ state, at }: Viewer, ports: Region['ports'], from: Place, to: Place, neighbours: boolean): string {
  if (neighbours) return 'No rule speaks of it, and none could: it does not pass the gateway.';
  const [fromEnd, toEnd] = [from.end, to.end];
  if (fromEnd === undefined || toEnd === undefined)
    return 'One end stands in no zone: give its network to a zone first.';
  const { remedies } = whyNot(state, { from: fromEnd, to: toEnd, ports }, at);
  return remedies.map((remedy) => remedySays(state, remedy, from, to)).join('\n');
}

function remedySays(state: State, remedy: Remedy, from: Place, to: Place): string {
  switch (remedy.kind) {
    case 'release':
      return `${heldName(state, remedy.quarantine)} is in quarantine; that stands above every rule until two people release it.`;
    case 'widen':
      return `${ruleName(state, remedy.rule) ?? 'A rule'} would let it pass if its ${WIDER[remedy.what]} were wider.`;
    case 'open-share':
      return `${ruleName(state, remedy.rule) ?? 'A share'} is a share: it passes while a person holds a session at that workstation.`;
    case 'add-flow': {
      const opening = `A new flow from ${from.name} to ${to.name} would open it`;
      const [first] = remedy.breaks;
      if (first === undefined) return `${opening} and break nothing.`;
      const others = remedy.breaks.length - 1;
      const more = others === 0 ? '' : ` It would break ${others} more.`;
      return `${opening}, and break an invariant: ${first.says.replace(/\.$/, '')}.${more}`;
    }
  }
}

function heldName(state: State, id: QuarantineId): string {
  const scope = state.network.quarantines.get(id)?.scope;
  const host = scope?.kind === 'host' ? state.hosts.get(scope.host) : undefined;
  return host?.name ?? 'One end';
}

const WIDER = { source: 'source', destination: 'destination', ports: 'service', time: 'time' } as const;

function portsOf({ protocol = 'any', port }: Question): readonly ServicePort[] {
  if (port === undefined) return [{ protocol }];
  const ported = protocol === 'any' ? (['tcp', 'udp'] as const) : [protocol];
  return ported.map((one) => ({ protocol: one, first: port, last: port }));
}

function ruleView(viewer: Viewer, id: string): Answered['because'][number] {
  const { flows, exposures } = viewer.state.network;
  // Each map is asked for an id that may be the other's.
  const rule = flows.get(id as Flow['id']) ?? exposures.get(id as Exposure['id']);
  const name = ruleName(viewer.state, id) ?? id;
  if (rule === undefined) return { id, name };
  const { reason, until } = rule;
  return { id, name, reason, owner: viewer.person(rule.owner), ...(until === undefined ? {} : { until }) };
}

function placeOf(state: State, text: string): Outcome<Place> {
  if (isId('zone', text)) {
    const zone = state.zones.get(text);
    if (zone !== undefined)
      return ok({
        name: zone.name,
        set: zoneSet(addressPlan(state.zones), text),
        zone: text,
        end: { kind: 'zone', zone: text },
      });
  }
  if (isId('host', text)) {
    const host = state.hosts.get(text);
    if (host !== undefined)
      return ok({
        name: host.name,
        set: addressesSet(host.addresses),
        zone: host.zone,
        end: { kind: 'host', host: text },
      });
  }
  const set = prefixSet(text);
  if (set !== undefined) {
    const zone = zoneOf(state, text.split('/')[0] ?? '');
    const end = zone === undefined ? undefined : ({ kind: 'network', zone, cidr: text, name: text } as const);
    return ok({ name: text, set, zone, end });
  }
  return refused(
    'unknown-place',
    `${text} is no zone, host, address or network here.`,
    'Name a host or zone, or write an address as 10.20.0.5 or a network as 10.20.0.0/24.',
  );
}
