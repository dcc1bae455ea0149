/**
 * Ports that were an admin's until lately. Whoever takes away the flow that named them, or says that its service is no admin's, does not
 * open them: for a while they are judged as admin ports still.
 */
import { DAY_MS, FORMER_ADMIN_DAYS, FORMER_ADMIN_KEPT } from '#model/limits.ts';
import type { ServicePort } from '#model/network-shapes.ts';
import type { Flow, NetworkService } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import type { FlowId } from '#std/ids.ts';

export interface FormerAdmin {
  readonly flow: FlowId;
  /** The service as it was called. */
  readonly service: string;
  /** Addresses and networks that the flow led to, as they were then. */
  readonly networks: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly until: number;
}

/** The state in which these flows, which lead to admin ports, are remembered; the newest are kept. */
export function rememberAdmin(state: State, flows: readonly Flow[], at: number): State {
  const former = flows.flatMap((flow) => formerOf(state, flow, at));
  if (former.length === 0) return state;
  const { network } = state;
  const kept = [...(network.formerAdmin ?? []).filter(({ until }) => until > at), ...former];
  return { ...state, network: { ...network, formerAdmin: kept.slice(-FORMER_ADMIN_KEPT) } };
}

function formerOf(state: State, flow: Flow, at: number): readonly FormerAdmin[] {
  const service: NetworkService | undefined = state.network.services.get(flow.service);
  if (service?.plane !== 'management') return [];
  const { name, ports } = service;
  const until = at + FORMER_ADMIN_DAYS * DAY_MS;
  return [{ flow: flow.id, service: name, networks: networksOf(state, flow), ports, until }];
}

function networksOf(state: State, { to }: Flow): readonly string[] {
  switch (to.kind) {
    case 'host':
      return state.hosts.get(to.host)?.addresses ?? [];
    case 'zone':
      return (state.zones.get(to.zone)?.networks ?? []).map(({ cidr }) => cidr);
    case 'network':
      return [to.cidr];
  }
}
