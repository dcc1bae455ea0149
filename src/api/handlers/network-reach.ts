/** May X reach Y: asked of the compiled policy as a whole, never rule by rule. */
import type { AnswerOf, RequestTo } from '#api/endpoints.ts';
import type { Handlers } from '#api/handler.ts';
import { ruleName } from '#api/views/network.ts';
import { packetView } from '#api/views/packet.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined, viewerAt } from '#api/views/viewer.ts';
import { zoneOf } from '#access/address.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { ServicePort } from '#model/network-shapes.ts';
import type { Exposure, Flow, State } from '#model/state.ts';
import { addressPlan, zoneSet } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { addressesSet, both, isNowhere, prefixSet } from '#plan/network/address-set.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import type { Region } from '#plan/network/reach.ts';
import { reach, refusedPacket } from '#plan/network/reach.ts';
import type { ZoneId } from '#std/ids.ts';
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
    says: sentence(found.may, refusal === undefined, from, to),
    because: found.because.map((id) => ruleView(viewer, id)),
    packet: packet === undefined ? undefined : packetView(state, packet),
    until: found.last === undefined || found.last >= TIME_MAX ? undefined : found.last + 1,
    next: found.may ? undefined : nextStep(viewer, region, from, to, neighbours),
    neighbours,
  });
}

function sentence(may: boolean, isWhole: boolean, from: Place, to: Place): string {
  if (!may) return `No: nothing of this passes from ${from.name} to ${to.name}`;
  return isWhole
    ? `Yes: all of this passes from ${from.name} to ${to.name}`
    : `In part: some of this passes from ${from.name} to ${to.name}`;
}

function nextStep(viewer: Viewer, region: Region, from: Place, to: Place, neighbours: boolean): string {
  const policy = compilePolicy(viewer.state, viewer.at);
  const held: AddressSet = { v4: policy.quarantined4, v6: policy.quarantined6 };
  for (const [place, set] of [
    [from, region.source],
    [to, region.destination],
  ] as const)
    if (!isNowhere(both(set, held))) return `${place.name} is in quarantine; that stands above every rule.`;
  if (neighbours) return 'No rule speaks of it, and none could: it does not pass the gateway.';
  return `A flow from ${from.name} to ${to.name} on this service would open it; its preview tells what else that opens and which invariants it would break.`;
}

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
    if (zone !== undefined) return ok({ name: zone.name, set: zoneSet(addressPlan(state.zones), text), zone: text });
  }
  if (isId('host', text)) {
    const host = state.hosts.get(text);
    if (host !== undefined) return ok({ name: host.name, set: addressesSet(host.addresses), zone: host.zone });
  }
  const set = prefixSet(text);
  if (set !== undefined) return ok({ name: text, set, zone: zoneOf(state, text.split('/')[0] ?? '') });
  return refused(
    'unknown-place',
    `${text} is no zone, host, address or network here.`,
    'Name a host or zone, or write an address as 10.20.0.5 or a network as 10.20.0.0/24.',
  );
}
