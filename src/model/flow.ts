/** Services, flows, the external inventory, and invariants lifted for a while: what the network may do, each with an owner and an end. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { DAY_MS, EXCEPTION_DAYS_MAX, FLOW_REVIEW_DAYS_MAX, NETWORK_NOUNS_MAX } from '#model/limits.ts';
import { badNetwork, isInternet, networksOf } from '#model/addressing.ts';
import { rememberAdmin } from '#model/former-admin.ts';
import type { FlowEnd } from '#model/network-shapes.ts';
import { badTime, takenId, unknown } from '#model/refusals.ts';
import type { Exposure, Flow, InvariantException, Network, NetworkService } from '#model/network-state.ts';
import { shareFlowRefusal } from '#model/share.ts';
import type { State, Zone } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { isExactCidr, overlaps, parseCidr } from '#std/address.ts';
import { assert } from '#std/assert.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export function withNetwork(state: State, change: (network: Network) => Network): State {
  return { ...state, network: change(state.network) };
}

export const flowEvolve = {
  'service.defined': (state, entry) => {
    const { service: id } = entry.about;
    assert(id !== undefined, 'service.defined names its service');
    const using = isSameService(state.network.services.get(id), entry.data) ? [] : flowsOn(state, id);
    return withNetwork(rememberAdmin(state, using, entry.at), (network) => ({
      ...network,
      services: network.services.set(id, { id, ...entry.data }),
    }));
  },
  'service.retired': (state, entry) => {
    const { service: id } = entry.about;
    assert(id !== undefined, 'service.retired names its service');
    return withNetwork(state, (network) => ({ ...network, services: network.services.delete(id) }));
  },
  'flow.added': (state, entry) => {
    const { flow: id, service } = entry.about;
    assert(id !== undefined && service !== undefined, 'flow.added names flow and service');
    const flow = present<Flow>({ ...entry.data, id, service, addedAt: entry.at, addedBy: entry.by.person });
    return withNetwork(state, (network) => ({ ...network, flows: network.flows.set(id, flow) }));
  },
  'flow.reviewed': (state, entry) => {
    const flow = entry.about.flow === undefined ? undefined : state.network.flows.get(entry.about.flow);
    assert(flow !== undefined, 'flow.reviewed names a flow that stands');
    const { reviewBy } = entry.data;
    return withNetwork(state, (network) => ({
      ...network,
      flows: network.flows.set(flow.id, { ...flow, reviewBy }),
    }));
  },
  'flow.removed': (state, entry) => {
    const { flow: id } = entry.about;
    assert(id !== undefined, 'flow.removed names its flow');
    const flow = state.network.flows.get(id);
    const remembered = rememberAdmin(state, flow === undefined ? [] : [flow], entry.at);
    return withNetwork(remembered, (network) => ({
      ...network,
      flows: network.flows.delete(id),
      exceptions: network.exceptions.filter((one) => one.flow !== id),
    }));
  },
  'exposure.added': (state, entry) => {
    const { exposure: id, host, service } = entry.about;
    assert(id !== undefined && host !== undefined && service !== undefined, 'exposure.added names all three');
    const exposure: Exposure = { ...entry.data, id, host, service, addedAt: entry.at };
    return withNetwork(state, (network) => ({ ...network, exposures: network.exposures.set(id, exposure) }));
  },
  'exposure.reviewed': (state, entry) => {
    const id = entry.about.exposure;
    const exposure = id === undefined ? undefined : state.network.exposures.get(id);
    assert(exposure !== undefined, 'exposure.reviewed names an exposure that stands');
    const { reviewBy } = entry.data;
    return withNetwork(state, (network) => ({
      ...network,
      exposures: network.exposures.set(exposure.id, { ...exposure, reviewBy }),
    }));
  },
  'exposure.removed': (state, entry) => {
    const { exposure: id } = entry.about;
    assert(id !== undefined, 'exposure.removed names its exposure');
    return withNetwork(state, (network) => ({
      ...network,
      exposures: network.exposures.delete(id),
      exceptions: network.exceptions.filter((one) => one.exposure !== id),
    }));
  },
  'invariant.excepted': (state, entry) => {
    const { exception: id, ...data } = entry.data;
    const { flow, exposure, host, zone } = entry.about;
    const exception = present<InvariantException>({ id, ...data, flow, exposure, host, zone, by: entry.by.person });
    return withNetwork(state, (network) => ({ ...network, exceptions: network.exceptions.set(id, exception) }));
  },
  'invariant.exception-ended': (state, entry) =>
    withNetwork(state, (network) => ({ ...network, exceptions: network.exceptions.delete(entry.data.exception) })),
} satisfies Evolvers;

function flowsOn({ network }: State, service: NetworkService['id']): readonly Flow[] {
  return [...network.flows.values()].filter((flow) => flow.service === service);
}

function isSameService(was: NetworkService | undefined, is: Pick<NetworkService, 'plane' | 'ports'>): boolean {
  return was?.plane === is.plane && JSON.stringify(was.ports) === JSON.stringify(is.ports);
}

export const flowDecide = {
  'define-service': (state, command, asked) => {
    const { service, name, ports, plane } = command;
    const { services } = state.network;
    if (services.some((other) => other.id !== service && other.name === name)) return nameTaken('service');
    if (services.size >= NETWORK_NOUNS_MAX && !services.has(service)) return tooMany('services');
    const wrong = ports.find(({ first, last, protocol }) => !isPortRange(protocol, first, last));
    if (wrong !== undefined) {
      return refused(
        'bad-ports',
        `${wrong.protocol} ${wrong.first ?? ''}-${wrong.last ?? ''} is no range of ports.`,
        'Give first and last port for TCP and UDP, first not above last, and none for other protocols.',
      );
    }
    return decided(draft(asked, 'service.defined', 'facility', { service }, { name, ports, plane }));
  },
  'retire-service': (state, command, asked) => {
    const { service } = command;
    const { services, flows, exposures } = state.network;
    if (!services.has(service)) return unknown('service');
    const isUsed = flows.some((flow) => flow.service === service) || exposures.some((line) => line.service === service);
    if (isUsed) return refused('service-in-use', 'Flows still use this service.', 'Remove those flows first.');
    return decided(draft(asked, 'service.retired', 'facility', { service }, {}));
  },
  'add-flow': addFlow,
  'review-flow': (state, { flow, reviewBy }, asked) => {
    if (!state.network.flows.has(flow)) return unknown('flow');
    return reviewRefusal(reviewBy, asked) ?? decided(draft(asked, 'flow.reviewed', 'facility', { flow }, { reviewBy }));
  },
  'remove-flow': (state, { flow, reason }, asked) => {
    if (!state.network.flows.has(flow)) return unknown('flow');
    return decided(draft(asked, 'flow.removed', 'facility', { flow }, { reason }));
  },
  'add-exposure': (state, command, asked) => {
    const { kind: _, exposure, host, service, ...data } = command;
    if (state.network.exposures.has(exposure)) return takenId('exposure');
    if (state.network.exposures.size >= NETWORK_NOUNS_MAX) return tooMany('exposures');
    if (!state.hosts.has(host)) return unknown('host');
    if (!state.network.services.has(service)) return unknown('service');
    const no = ownerRefusal(state, data.owner) ?? reviewRefusal(data.reviewBy, asked) ?? endRefusal(data.until, asked);
    return no ?? decided(draft(asked, 'exposure.added', 'facility', { exposure, host, service }, data));
  },
  'review-exposure': (state, { exposure, reviewBy }, asked) => {
    if (!state.network.exposures.has(exposure)) return unknown('exposure');
    const no = reviewRefusal(reviewBy, asked);
    return no ?? decided(draft(asked, 'exposure.reviewed', 'facility', { exposure }, { reviewBy }));
  },
  'remove-exposure': (state, { exposure, reason }, asked) => {
    if (!state.network.exposures.has(exposure)) return unknown('exposure');
    return decided(draft(asked, 'exposure.removed', 'facility', { exposure }, { reason }));
  },
  'except-invariant': exceptInvariant,
  'end-invariant-exception': (state, { exception }, asked) => {
    if (!state.network.exceptions.has(exception)) return unknown('exception');
    return decided(draft(asked, 'invariant.exception-ended', 'facility', {}, { exception }));
  },
} satisfies Deciders;

function addFlow(state: State, command: CommandOf<'add-flow'>, asked: Asked): Decided {
  const { kind: _, flow, service, ...data } = command;
  const { flows, services } = state.network;
  if (flows.has(flow)) return takenId('flow');
  if (flows.size >= NETWORK_NOUNS_MAX) return tooMany('flows');
  if (!services.has(service)) return unknown('service');
  const no =
    endOfFlowRefusal(state, data.from) ??
    endOfFlowRefusal(state, data.to) ??
    shareFlowRefusal(state, command) ??
    ownerRefusal(state, data.owner) ??
    reviewRefusal(data.reviewBy, asked) ??
    endRefusal(data.until, asked);
  return no ?? decided(draft(asked, 'flow.added', 'facility', { flow, service }, data));
}

function exceptInvariant(state: State, command: CommandOf<'except-invariant'>, asked: Asked): Decided {
  const { exception, invariant, flow, exposure, host, zone, owner, reason, until } = command;
  if (state.network.exceptions.has(exception)) return takenId('exception');
  if (state.network.exceptions.size >= NETWORK_NOUNS_MAX) return tooMany('exceptions');
  const named = [flow, exposure, host, zone].filter((thing) => thing !== undefined);
  if (named.length !== 1) {
    return refused('exception-of-what', 'An exception is for one thing.', 'Name one flow, exposure, host or zone.');
  }
  if (asked.by.person !== undefined && owner === asked.by.person && state.people.size > 1) {
    return refused(
      'own-exception',
      'Nobody answers for an exception that they grant themselves.',
      'Name somebody else as its owner, or let somebody else record it.',
    );
  }
  const no = excepted(state, command) ?? ownerRefusal(state, owner) ?? exceptionEndRefusal(until, asked);
  const about = present<{ flow: typeof flow; exposure: typeof exposure; host: typeof host; zone: typeof zone }>({
    flow,
    exposure,
    host,
    zone,
  });
  return (
    no ?? decided(draft(asked, 'invariant.excepted', 'facility', about, { exception, invariant, owner, reason, until }))
  );
}

/** What an exception lifts is there: it comes with the import that adds it, or after it. */
function excepted(state: State, { flow, exposure, host, zone }: CommandOf<'except-invariant'>): Refused | undefined {
  if (flow !== undefined && !state.network.flows.has(flow)) return unknown('flow');
  if (exposure !== undefined && !state.network.exposures.has(exposure)) return unknown('exposure');
  if (host !== undefined && !state.hosts.has(host)) return unknown('host');
  return zone !== undefined && !state.zones.has(zone) ? unknown('zone') : undefined;
}

function endOfFlowRefusal(state: State, end: FlowEnd): Refused | undefined {
  if (end.kind === 'host') return state.hosts.has(end.host) ? undefined : unknown('host');
  const zone = state.zones.get(end.zone);
  if (zone === undefined) return unknown('zone');
  return end.kind === 'network' ? partRefusal(state, zone, end.cidr) : undefined;
}

/** A part of a zone lies within it; a part of the internet, outside of every zone. */
function partRefusal(state: State, zone: Zone, text: string): Refused | undefined {
  const part = parseCidr(text);
  if (part === undefined || !isExactCidr(text)) return badNetwork(text);
  const isWithin = isInternet(zone)
    ? !state.zones.some((other) => networksOf(other).some((network) => overlaps(network, part)))
    : networksOf(zone).some((network) => network.prefix <= part.prefix && overlaps(network, part));
  if (isWithin) return undefined;
  return refused(
    'outside-zone',
    `${text} is not within ${zone.name}.`,
    'Name a network of that zone, or the zone that it lies in.',
  );
}

function ownerRefusal(state: State, owner: Flow['owner']): Refused | undefined {
  const person = state.people.get(owner);
  if (person === undefined) return unknown('person');
  if (person.standing === 'active') return undefined;
  return refused('owner-not-active', 'The owner has no active account.', 'Name somebody who can answer for this.');
}

function reviewRefusal(reviewBy: number, { at }: Asked): Refused | undefined {
  if (reviewBy > at && reviewBy <= at + FLOW_REVIEW_DAYS_MAX * DAY_MS) return undefined;
  return badTime(
    'A rule is reviewed at a time to come, and at least once a year.',
    `Choose a review date within ${FLOW_REVIEW_DAYS_MAX} days.`,
  );
}

function endRefusal(until: number | undefined, { at }: Asked): Refused | undefined {
  if (until === undefined || until > at) return undefined;
  return badTime('This ends before it begins.', 'Choose an end in the future, or none.');
}

function exceptionEndRefusal(until: number, { at }: Asked): Refused | undefined {
  if (until > at && until <= at + EXCEPTION_DAYS_MAX * DAY_MS) return undefined;
  return badTime('An exception must end in the future.', `Choose an end within ${EXCEPTION_DAYS_MAX} days.`);
}

function isPortRange(protocol: string, first: number | undefined, last: number | undefined): boolean {
  if (protocol !== 'tcp' && protocol !== 'udp') return first === undefined && last === undefined;
  return first !== undefined && last !== undefined && first <= last;
}

export function nameTaken(noun: string): Refused {
  return refused('name-taken', `Another ${noun} has this name.`, 'Choose another name.');
}

export function tooMany(nouns: string): Refused {
  return refused('too-many', `A facility holds at most ${NETWORK_NOUNS_MAX} ${nouns}.`, 'Remove what is not used.');
}
