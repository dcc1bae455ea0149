/**
 * The tests of a file, asked of the facility as it would be: not of single packets but of every packet, from everywhere to everywhere that
 * the line names, at every instant. They are about the model as it stands: paths of live sessions and quarantines come and go by themselves.
 * What a share may open counts as passing for a test that denies, and as refused for one that allows.
 */
import type { FileRegion, FileTest } from '#model/facility-file.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { ServicePort } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import { endOfText } from '#plan/facility-file/names.ts';
import { parsePort } from '#plan/facility-file/nouns.ts';
import { addressPlan, partOfZone, zoneSet } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { addressesSet, EVERYWHERE, isNowhere, prefixSet, uniteAll, without } from '#plan/network/address-set.ts';
import { boxesFrom } from '#plan/network/compile-policy.ts';
import type { Packet, Policy, Span } from '#plan/network/policy.ts';
import type { Region } from '#plan/network/reach.ts';
import { ANY_SERVICE, reach, refusedPacket } from '#plan/network/reach.ts';
import type { Rule } from '#plan/network/rule.ts';
import { declaredRules, standingRules } from '#plan/network/rule.ts';

export interface TestResult {
  /** Its place among the file's tests. */
  readonly index: number;
  readonly kind: 'deny' | 'allow';
  readonly holds: boolean;
  readonly says: string;
  /** The counterexample. */
  readonly packet?: Packet;
  /** Ids of the flows and exposures that let it pass. */
  readonly because?: readonly string[];
}

/** Of all rules, unless only some of them are asked about. */
export function checkTests(
  after: State,
  tests: readonly FileTest[],
  at: number,
  only?: readonly Rule[],
): readonly TestResult[] {
  if (tests.length === 0) return [];
  const [declared, stands] = [only ?? declaredRules(after), only ?? standingRules(after)];
  const may = policyOf(declared, at);
  const does = stands === declared ? may : policyOf(stands, at);
  return tests.map((test, index) => ({ index, ...checkTest(after, 'deny' in test ? may : does, test, at) }));
}

function policyOf(rules: readonly Rule[], at: number): Policy {
  return { ...boxesFrom(rules, at), quarantined4: [], quarantined6: [] };
}

type Verdict = Omit<TestResult, 'index'>;

function checkTest(state: State, policy: Policy, test: FileTest, at: number): Verdict {
  const [kind, line] = 'deny' in test ? (['deny', test.deny] as const) : (['allow', test.allow] as const);
  const fails = (says: string): Verdict => ({ kind, holds: false, says });
  const source = regionSet(state, line.from);
  const destination = regionSet(state, line.to);
  const ports = portsNamed(state, line.service);
  const time = timeNamed(line.at ?? (kind === 'deny' ? 'always' : 'now'), at);
  if (typeof source === 'string') return fails(source);
  if (typeof destination === 'string') return fails(destination);
  if (ports === undefined) return fails(`There is no service ${line.service}.`);
  if (time === undefined) return fails(`${line.at} is past: a test speaks of what is to come.`);
  const region: Region = { source, destination, ports, time };
  return kind === 'deny' ? denies(policy, region) : allows(policy, region);
}

function denies(policy: Policy, region: Region): Verdict {
  const { may, packet, because } = reach(policy, region);
  if (!may || packet === undefined) return { kind: 'deny', holds: true, says: 'Nothing of it passes.' };
  return { kind: 'deny', holds: false, says: `${packetText(packet)} passes.`, packet, because };
}

function allows(policy: Policy, region: Region): Verdict {
  if (isNowhere(region.source) || isNowhere(region.destination))
    return { kind: 'allow', holds: false, says: 'There are no addresses there that could pass.' };
  const packet = refusedPacket(policy, region);
  if (packet === undefined) return { kind: 'allow', holds: true, says: 'All of it passes.' };
  return { kind: 'allow', holds: false, says: `${packetText(packet)} does not pass.`, packet };
}

/** Addresses, or what is wrong with the text. */
function regionSet(state: State, region: FileRegion): AddressSet | string {
  if (typeof region !== 'string' && 'not' in region) {
    const parts = region.not.map((part) => regionSet(state, part));
    const wrong = parts.find((part) => typeof part === 'string');
    return wrong ?? without(EVERYWHERE, uniteAll(parts.filter((part) => typeof part !== 'string')));
  }
  const plan = addressPlan(state.zones);
  if (typeof region === 'string') return textSet(state, region);
  if ('host' in region) return hostSet(state, state.hosts.find(({ name }) => name === region.host)?.id, region.host);
  const zone = state.zones.find(({ name }) => name === region.zone);
  if (zone === undefined) return `There is no zone ${region.zone}.`;
  return 'network' in region ? partOfZone(plan, zone.id, region.network) : zoneSet(plan, zone.id);
}

/** The names of the facility go first; then `any`, `internet`, and addresses. */
function textSet(state: State, text: string): AddressSet | string {
  const end = endOfText(namesIn(state), text);
  const plan = addressPlan(state.zones);
  if (end?.kind === 'zone') return zoneSet(plan, end.zone);
  if (end?.kind === 'host') return hostSet(state, end.host, text);
  if (text === 'any') return EVERYWHERE;
  if (text === 'internet') return plan.internet;
  return prefixSet(text) ?? `There is no zone ${text}, no zone/host of that name, and it is no address.`;
}

function hostSet(state: State, id: string | undefined, name: string): AddressSet | string {
  const host = state.hosts.find((one) => one.id === id);
  return host === undefined ? `There is no host ${name}.` : addressesSet(host.addresses);
}

const named = new WeakMap<
  State['zones'],
  { readonly hosts: State['hosts']; readonly names: ReturnType<typeof findNames> }
>();

function namesIn(state: State): ReturnType<typeof findNames> {
  const known = named.get(state.zones);
  if (known !== undefined && known.hosts === state.hosts) return known.names;
  const names = findNames(state);
  named.set(state.zones, { hosts: state.hosts, names });
  return names;
}

function findNames({ zones, hosts }: State) {
  const all = [...hosts.values()];
  return {
    zones: new Map([...zones.values()].map(({ name, id }) => [name, id])),
    hosts: new Map(all.map(({ name, id }) => [name, id])),
    homes: new Map(all.map(({ name, zone }) => [name, zones.get(zone)?.name ?? ''])),
  };
}

function portsNamed(state: State, text: string): readonly ServicePort[] | undefined {
  const service = state.network.services.find(({ name }) => name === text);
  if (service !== undefined) return service.ports;
  if (text === 'any') return ANY_SERVICE;
  const port = parsePort(text);
  return port === undefined ? undefined : [port];
}

function timeNamed(text: string, at: number): Span | undefined {
  if (text === 'always') return { first: at, last: TIME_MAX };
  const instant = text === 'now' ? at : Date.parse(text);
  return instant < at ? undefined : { first: instant, last: instant };
}

export function packetText({ from, to, protocol, port, at }: Packet): string {
  return `${from} -> ${to} ${port === undefined ? protocol : `${protocol}/${port}`} at ${new Date(at).toISOString()}`;
}
