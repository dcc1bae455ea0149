/**
 * The state of a facility: a pure fold over its state entries. Maps are persistent (`immutable`), so an old state
 * stays valid beside a new one and "the world on 14 March" is a value. Nothing here is ever set but by `evolve`.
 */
import type { Alerts } from '#model/alerts.ts';
import { Map as PMap, Set as PSet } from 'immutable';
import type { Because, CutScope, DataOf, Gate, Grant, Hours, Passed, Sealed, Stream } from '#model/events.ts';
import type {
  CredentialId,
  CutId,
  EngagementId,
  ExceptionId,
  HostId,
  InvitationId,
  PathId,
  PersonId,
  ProjectId,
  RecoveryId,
  RequestId,
  RoleId,
  SessionId,
  ZoneId,
} from '#std/ids.ts';
import type { Network } from '#model/network-state.ts';
import type { Backups } from '#model/backup-state.ts';

export interface Facility {
  readonly name: string;
  readonly timeZone: string;
  /** Origin of the ledger's checkpoints: a URL without scheme. */
  readonly origin: string;
  readonly createdAt: number;
  readonly dormantAfterDays: number;
  readonly binDays: number;
  readonly maxEngagementDays: number;
  readonly extraFileTypes: readonly string[];
  /** High-security projects ask for a live background screening, beside NDA and training; not unless it says so. */
  readonly screeningAsked?: boolean;
}

export interface Zone extends DataOf<'zone.added'> {
  readonly id: ZoneId;
}

export interface Host extends DataOf<'host.added'> {
  readonly id: HostId;
  readonly zone: ZoneId;
}

export interface Role {
  readonly id: RoleId;
  readonly title: string;
  readonly scope: 'facility' | 'project';
  readonly grants: readonly Grant[];
  readonly builtIn: boolean;
  readonly retired: boolean;
}

export interface FacilityRole {
  readonly role: RoleId;
  readonly until: number;
}

/** A facility role as somebody holds it. */
export interface HeldRole extends FacilityRole {
  /** Since when with this end. */
  readonly givenAt: number;
  /** The smallest number of days left that was warned of. */
  readonly warnedDaysLeft?: number;
}

export interface Person {
  readonly id: PersonId;
  readonly nature: 'human' | 'service';
  readonly name: Sealed;
  readonly mail?: Sealed;
  readonly roles: readonly HeldRole[];
  readonly addedAt: number;
  readonly standing: 'active' | 'suspended' | 'dormant' | 'erased';
  readonly standingSince: number;
  /** Locked after too many wrong passwords; an administrator unlocks. */
  readonly locked: boolean;
  readonly failures: number;
  /** Last successful sign-in or session on any gate; the time of adding (or restoring) before that. */
  readonly lastSeenAt: number;
  /** The last sign-in or session itself; absent for who never came. */
  readonly lastSessionAt?: number;
  readonly dormancyWarnedAt?: number;
  readonly onboarding: { readonly [Item in 'nda' | 'training' | 'screening']?: number };
  readonly credentials: PSet<CredentialId>;
}

export interface Credential {
  readonly id: CredentialId;
  readonly person: PersonId;
  readonly label: string;
  readonly addedAt: number;
  readonly expiresAt: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
  readonly what: DataOf<'credential.added'>['credential'];
}

export interface Invitation {
  readonly id: InvitationId;
  readonly person: PersonId;
  readonly tokenHash: string;
  readonly expiresAt: number;
  readonly purpose: 'join' | 'recover';
  readonly state: 'open' | 'used' | 'withdrawn';
  readonly issuedBy?: PersonId;
}

export interface Recovery {
  readonly id: RecoveryId;
  readonly person: PersonId;
  readonly askedBy?: PersonId;
  readonly askedAt: number;
  readonly reason: string;
  readonly approvals: readonly PersonId[];
  readonly withdrawnAt?: number;
}

export interface Project {
  readonly id: ProjectId;
  readonly streamNumber: number;
  readonly alias: string;
  readonly title: Sealed;
  readonly level: 'standard' | 'high-security';
  readonly owner: PersonId;
  readonly standing: 'live' | 'wrapped' | 'locked';
  readonly standingSince: number;
  /** Who wrapped, locked or reopened it, and what they typed. */
  readonly standingBy?: PersonId;
  readonly standingReason?: string;
  readonly createdAt: number;
  /** Top-level folders of its workspace. */
  readonly folders: readonly string[];
  readonly reviewedAt?: number;
}

export interface Engagement {
  readonly id: EngagementId;
  readonly person: PersonId;
  readonly project: ProjectId;
  readonly role: RoleId;
  readonly from: number;
  readonly until: number;
  readonly hours?: Hours;
  readonly zones?: readonly ZoneId[];
  readonly givenBy?: PersonId;
  readonly givenAt: number;
  readonly ended?: { readonly at: number; readonly because: Because; readonly by?: PersonId };
  readonly held: boolean;
  /** The smallest number of days left that was warned of. */
  readonly warnedDaysLeft?: number;
}

export interface AccessRequest {
  readonly id: RequestId;
  readonly ask: 'access' | 'more-time';
  readonly person: PersonId;
  readonly project: ProjectId;
  readonly engagement?: EngagementId;
  readonly role?: RoleId;
  readonly until: number;
  readonly reason: string;
  readonly madeAt: number;
  readonly state: 'open' | 'granted' | 'declined' | 'withdrawn';
  readonly decidedBy?: PersonId;
  readonly decidedAt?: number;
  /** What whoever decided typed; the person who asked reads it. */
  readonly decisionReason?: string;
}

export interface Session {
  readonly id: SessionId;
  readonly person: PersonId;
  readonly gate: Gate;
  readonly openedAt: number;
  readonly until: number;
  readonly project?: ProjectId;
  readonly engagement?: EngagementId;
  readonly credential?: CredentialId;
  readonly from?: string;
  readonly client?: string;
  readonly tokenHash?: string;
  readonly factorAt?: number;
  /** Of a share: what its paths had carried when the gate last said so. */
  readonly passed?: Passed;
  /** A cut that covers it was ordered: it decides nothing any more, though its gate has not closed it yet. */
  readonly cutOrdered?: CutId;
}

export interface Cut {
  readonly id: CutId;
  readonly scope: CutScope;
  readonly because: Because;
  /** What whoever ordered it typed. */
  readonly reason?: string;
  readonly orderedAt: number;
  readonly orderedBy?: PersonId;
  /** The stream that holds the order and so its receipts. */
  readonly stream: Stream;
  readonly receipts: readonly (DataOf<'cut.receipt'> & { readonly at: number; readonly index: number })[];
}

export interface Exception {
  readonly id: ExceptionId;
  readonly rule: string;
  readonly reason: string;
  readonly until: number;
  /** For whom the rule is lifted; for everybody when absent. */
  readonly person?: PersonId;
  readonly by?: PersonId;
}

export interface State {
  /** How many entries of the ledger this state is the fold of; activity entries count too. */
  readonly size: number;
  /** The time of the newest entry folded in. */
  readonly at: number;
  readonly facility: Facility | undefined;
  readonly zones: PMap<ZoneId, Zone>;
  readonly hosts: PMap<HostId, Host>;
  readonly roles: PMap<RoleId, Role>;
  readonly people: PMap<PersonId, Person>;
  readonly credentials: PMap<CredentialId, Credential>;
  readonly invitations: PMap<InvitationId, Invitation>;
  readonly recoveries: PMap<RecoveryId, Recovery>;
  readonly projects: PMap<ProjectId, Project>;
  readonly engagements: PMap<EngagementId, Engagement>;
  readonly requests: PMap<RequestId, AccessRequest>;
  readonly exceptions: PMap<ExceptionId, Exception>;
  readonly network: Network;
  readonly backups: Backups;
  /** What is to be told outside. */
  readonly alerts: Alerts;
  /** Live sessions only: a closed one leaves. */
  readonly sessions: PMap<SessionId, Session>;
  /** The newest `CUTS_KEPT` cuts; older ones are in the ledger. */
  readonly cuts: PMap<CutId, Cut>;
  readonly index: Indexes;
}

/** Lookups kept by `evolve`, so that a decision takes microseconds. */
export interface Indexes {
  readonly projectByAlias: PMap<string, ProjectId>;
  /** Every engagement of a person, by project; ended ones too. */
  readonly engagementsOf: PMap<PersonId, PMap<ProjectId, readonly EngagementId[]>>;
  readonly engagementsOn: PMap<ProjectId, PSet<EngagementId>>;
  readonly sessionByToken: PMap<string, SessionId>;
  readonly sshKeyByFingerprint: PMap<string, CredentialId>;
  readonly passkeyByWebauthnId: PMap<string, CredentialId>;
  readonly tokenByHash: PMap<string, CredentialId>;
  readonly invitationByHash: PMap<string, InvitationId>;
  readonly pathsOf: PMap<SessionId, PSet<PathId>>;
  readonly hostByName: PMap<string, HostId>;
  /** Addresses in their canonical form. */
  readonly hostByAddress: PMap<string, HostId>;
  readonly hostByMac: PMap<string, HostId>;
}

export const CUTS_KEPT = 1000;
