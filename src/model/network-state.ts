/** What the fold keeps of the network beyond its zones and hosts: services, rules, exceptions, live paths, quarantines, and what the gateway says. */
import type { Map as PMap } from 'immutable';
import type { DataOf } from '#model/events.ts';
import type { FileTest } from '#model/facility-file.ts';
import type { FormerAdmin } from '#model/former-admin.ts';
import type { InvariantId, NetworkMode, QuarantineScope } from '#model/network-shapes.ts';
import type {
  ApplyId,
  CredentialId,
  CutId,
  ExceptionId,
  ExposureId,
  FlowId,
  HostId,
  PathId,
  PersonId,
  ProjectId,
  QuarantineId,
  ServiceId,
  SessionId,
  ZoneId,
} from '#std/ids.ts';

export interface NetworkService extends DataOf<'service.defined'> {
  readonly id: ServiceId;
}

export interface Flow extends DataOf<'flow.added'> {
  readonly id: FlowId;
  readonly service: ServiceId;
  readonly addedAt: number;
  readonly addedBy?: PersonId;
}

/** A line of the external inventory. */
export interface Exposure extends DataOf<'exposure.added'> {
  readonly id: ExposureId;
  readonly host: HostId;
  readonly service: ServiceId;
  readonly addedAt: number;
}

/** An invariant lifted for one thing, for a while. */
export interface InvariantException {
  readonly id: ExceptionId;
  readonly invariant: InvariantId;
  readonly flow?: FlowId;
  readonly exposure?: ExposureId;
  readonly host?: HostId;
  readonly zone?: ZoneId;
  readonly owner: PersonId;
  readonly reason: string;
  readonly until: number;
  readonly by?: PersonId;
}

/** A network path that lives as long as its session, and never longer than `until`. */
export interface OpenPath extends DataOf<'path.opened'> {
  readonly id: PathId;
  readonly session: SessionId;
  readonly person: PersonId;
  readonly project?: ProjectId;
  readonly host?: HostId;
  /** The share flow that declares it. */
  readonly flow?: FlowId;
  readonly openedAt: number;
  /** When the gateway said that its rules hold it; asked of shares only. */
  readonly loadedAt?: number;
}

export interface Quarantine {
  readonly id: QuarantineId;
  readonly scope: QuarantineScope;
  readonly reason: string;
  readonly orderedAt: number;
  readonly orderedBy?: PersonId;
  readonly cut?: CutId;
  /** Credentials with a live session within the scope at the time of the order: held until the release. */
  readonly credentials: readonly CredentialId[];
  /** Of a person or a project: addresses of the seats that their paths led from or to at the time of the order. The paths end; these stay held. */
  readonly seats: readonly string[];
  readonly releaseAsked?: { readonly by?: PersonId; readonly at: number; readonly reason: string };
}

export interface NetworkApply extends DataOf<'network.applied'> {
  readonly id: ApplyId;
  readonly at: number;
  readonly standing: 'unconfirmed' | 'confirmed' | 'rolled-back';
  readonly why?: string;
}

export interface NetworkFinding extends DataOf<'network.found'> {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly times: number;
}

/** What the network is meant to be, and what the gateway last said of it. Zones and hosts stand beside it in the state. */
export interface Network {
  readonly mode: NetworkMode;
  readonly modeSince: number;
  readonly services: PMap<ServiceId, NetworkService>;
  readonly flows: PMap<FlowId, Flow>;
  readonly exposures: PMap<ExposureId, Exposure>;
  readonly exceptions: PMap<ExceptionId, InvariantException>;
  /** What the facility is held to at every change, by its text; at most `POLICY_TESTS_MAX`. */
  readonly tests: PMap<string, FileTest>;
  readonly paths: PMap<PathId, OpenPath>;
  /** In force; a released one leaves. */
  readonly quarantines: PMap<QuarantineId, Quarantine>;
  /** Open findings by key, at most `NETWORK_FINDINGS_KEPT`. */
  readonly findings: PMap<string, NetworkFinding>;
  /** The newest attempt to load rules. */
  readonly apply?: NetworkApply;
  /** Ports that were an admin's until lately, oldest first, at most `FORMER_ADMIN_KEPT`. */
  readonly formerAdmin?: readonly FormerAdmin[];
  /** When somebody last asked to load the rules again. */
  readonly applyAskedAt?: number;
}

export const NETWORK_FINDINGS_KEPT = 500;
