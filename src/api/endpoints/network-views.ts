/** What the API shows of the network: the model, what the gateway said of it, what was proved about it. Names stand beside ids. */
import { z } from 'zod';
import { id, networkRange, time } from '#model/events.ts';
import {
  contentHeld,
  findingKind,
  flowClass,
  hostRole,
  invariantId,
  networkMode,
  quarantineScope,
  servicePort,
  zoneKind,
} from '#model/network-shapes.ts';
import { cutView, personRef, problem, projectRef } from '#api/endpoints/views.ts';

export const networkZoneView = z.strictObject({
  id: id('zone'),
  name: z.string(),
  trust: z.int(),
  networks: z.array(networkRange),
  kinds: z.array(zoneKind),
  content: contentHeld.optional(),
  project: projectRef.optional(),
  link: z.string().optional(),
  hostCount: z.int(),
});
export type NetworkZoneView = z.infer<typeof networkZoneView>;

export const networkHostView = z.strictObject({
  id: id('host'),
  zone: id('zone'),
  name: z.string(),
  addresses: z.array(z.string()),
  purpose: z.string().optional(),
  role: hostRole.optional(),
  macs: z.array(z.string()),
  owner: personRef.optional(),
  projects: z.array(projectRef),
  socket: z.string().optional(),
  /** Named by a quarantine in force, as itself. */
  quarantine: id('quarantine').optional(),
});
export type NetworkHostView = z.infer<typeof networkHostView>;

export const serviceView = z.strictObject({
  id: id('service'),
  name: z.string(),
  ports: z.array(servicePort),
  plane: z.enum(['data', 'management']),
});
export type ServiceView = z.infer<typeof serviceView>;

export const flowEndView = z.strictObject({
  kind: z.enum(['zone', 'host', 'network']),
  /** The zone itself, or the one that the host or network lies in. */
  zone: id('zone').optional(),
  host: id('host').optional(),
  cidr: z.string().optional(),
  name: z.string(),
});
export type FlowEndView = z.infer<typeof flowEndView>;

const answered = {
  owner: personRef,
  reason: z.string(),
  reviewBy: time,
  /** The review date has passed. */
  overdue: z.boolean(),
  until: time.optional(),
  addedAt: time,
};

export const flowView = z.strictObject({
  id: id('flow'),
  from: flowEndView,
  to: flowEndView,
  service: z.strictObject({ id: id('service'), name: z.string() }),
  class: flowClass,
  ...answered,
  addedBy: personRef.optional(),
});
export type FlowView = z.infer<typeof flowView>;

export const exposureView = z.strictObject({
  id: id('exposure'),
  host: z.strictObject({ id: id('host'), name: z.string() }),
  service: z.strictObject({ id: id('service'), name: z.string() }),
  publicName: z.string(),
  ...answered,
});
export type ExposureView = z.infer<typeof exposureView>;

export const invariantExceptionView = z.strictObject({
  id: id('exception'),
  invariant: invariantId,
  /** The one thing that it is for. */
  subject: z.strictObject({ kind: z.enum(['flow', 'exposure', 'host', 'zone']), id: z.string(), name: z.string() }),
  owner: personRef,
  reason: z.string(),
  until: time,
  by: personRef.optional(),
});
export type InvariantExceptionView = z.infer<typeof invariantExceptionView>;

export const quarantineView = z.strictObject({
  id: id('quarantine'),
  scope: quarantineScope,
  /** Of the host, person or project; null when sealed. */
  name: z.string().nullable(),
  reason: z.string(),
  orderedAt: time,
  orderedBy: personRef.optional(),
  /** The order's cut with its receipts, while it is among the newest. */
  cut: cutView.optional(),
  /** What of it the packet filter does not hold, and what to do about that. */
  unheld: z.strictObject({ says: z.string(), next: z.string() }).optional(),
  /** Credentials that are held until the release. */
  credentialCount: z.int(),
  releaseAsked: z.strictObject({ by: personRef.optional(), at: time, reason: z.string() }).optional(),
  /** Why the viewer cannot release it now; absent when she can. */
  notYou: z.string().optional(),
});
export type QuarantineView = z.infer<typeof quarantineView>;

export const networkFindingView = z.strictObject({
  key: z.string(),
  finding: findingKind,
  says: z.string(),
  next: z.string(),
  process: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  protocol: z.string().optional(),
  port: z.int().optional(),
  mac: z.string().optional(),
  firstAt: time,
  lastAt: time,
  times: z.int(),
});
export type NetworkFindingView = z.infer<typeof networkFindingView>;

export const applyView = z.strictObject({
  id: id('apply'),
  at: time,
  mode: networkMode,
  standing: z.enum(['unconfirmed', 'confirmed', 'rolled-back']),
  why: z.string().optional(),
  confirmBy: time.optional(),
  fromSize: z.int(),
  rulesSha256: z.string(),
  listingSha256: z.string(),
  elements: z.int(),
  commitMs: z.number(),
});
export type ApplyView = z.infer<typeof applyView>;

export const openPathView = z.strictObject({
  id: id('path'),
  session: id('session'),
  person: personRef,
  project: projectRef.optional(),
  host: z.strictObject({ id: id('host'), name: z.string() }).optional(),
  from: z.string(),
  to: z.string(),
  protocol: z.string(),
  port: z.int(),
  openedAt: time,
  until: time,
});
export type OpenPathView = z.infer<typeof openPathView>;

export const networkView = z.strictObject({
  now: time,
  mode: networkMode,
  modeSince: time,
  apply: applyView.optional(),
  zones: z.array(networkZoneView),
  hosts: z.array(networkHostView),
  services: z.array(serviceView),
  flows: z.array(flowView),
  exposures: z.array(exposureView),
  exceptions: z.array(invariantExceptionView),
  quarantines: z.array(quarantineView),
  findings: z.array(networkFindingView),
  paths: z.array(openPathView),
  /** Paths beyond those shown. */
  morePaths: z.int(),
});
export type NetworkView = z.infer<typeof networkView>;

/** A packet that a person can try out. */
export const packetView = z.strictObject({
  from: z.string(),
  to: z.string(),
  protocol: z.string(),
  port: z.int().optional(),
  at: time,
  /** Names of the hosts or zones that the addresses belong to. */
  fromName: z.string().optional(),
  toName: z.string().optional(),
});
export type PacketView = z.infer<typeof packetView>;

/** `unknown` is never counted as a pass; `excepted`: everything that breaks it is lifted by a recorded exception that has not ended. */
export const invariantStanding = z.enum(['holds', 'fails', 'excepted', 'unknown']);
export type InvariantStanding = z.infer<typeof invariantStanding>;

export const violationView = z.strictObject({
  says: z.string(),
  next: z.string(),
  /** Id of the flow, exposure or path that breaks it, and its reading. */
  rule: z.strictObject({ id: z.string(), name: z.string() }).optional(),
  host: z.strictObject({ id: id('host'), name: z.string() }).optional(),
  zone: z.strictObject({ id: id('zone'), name: z.string() }).optional(),
  packet: packetView.optional(),
  standing: z.enum(['breaks', 'excepted', 'unknown']),
  exceptedBy: id('exception').optional(),
  /** When no exception lifts it any more. */
  breaksFrom: time.optional(),
});
export type ViolationView = z.infer<typeof violationView>;

export const invariantView = z.strictObject({
  id: invariantId,
  title: z.string(),
  controls: z.array(z.string()),
  standing: invariantStanding,
  /** When it stops to hold by the clock alone: an exception ends before what it lifts. */
  holdsUntil: time.optional(),
  violations: z.array(violationView),
  /** Violations beyond those shown. */
  more: z.int(),
});
export type InvariantView = z.infer<typeof invariantView>;

/** A policy test that the facility keeps. */
export const policyTestView = z.strictObject({
  /** Its own name, or what it says in one line. */
  name: z.string(),
  expects: z.string(),
  holds: z.boolean(),
  says: z.string(),
  /** One packet that breaks it. */
  packet: packetView.optional(),
});
export type PolicyTestView = z.infer<typeof policyTestView>;

/** One thing that a change opens or closes: `from` may start connections to `to` on these ports. */
export const accessChangeView = z.strictObject({
  from: z.string(),
  to: z.string(),
  /** `tcp 445, udp 137-138`. */
  on: z.string(),
  rule: z.string(),
  packet: packetView,
  /** When it ends by itself; absent when it does not. */
  until: time.optional(),
});
export type AccessChangeView = z.infer<typeof accessChangeView>;

/** What a change would do, before it is made. */
export const networkPreviewView = z.strictObject({
  opens: z.array(accessChangeView),
  closes: z.array(accessChangeView),
  /** What a person's session at a workstation may newly open; nothing of it passes by itself. */
  shares: z.array(accessChangeView),
  /** Beyond those shown. */
  moreOpens: z.int(),
  moreCloses: z.int(),
  /** Only invariants that the change touches. */
  invariants: z.array(
    z.strictObject({
      id: invariantId,
      title: z.string(),
      broken: z.array(violationView),
      healed: z.array(violationView),
      /** Broken, but for an exception. */
      excepted: z.array(violationView),
    }),
  ),
  /** Policy tests that held and would fail; the first of them. */
  tests: z.array(policyTestView),
  /** The change would be refused, and why. */
  refused: problem.optional(),
  /** The refusal is a broken invariant that a recorded exception could lift. */
  exceptable: z.boolean(),
});
export type NetworkPreviewView = z.infer<typeof networkPreviewView>;

/** May X reach Y. */
export const reachView = z.strictObject({
  /** Whether anything of it passes. */
  may: z.boolean(),
  /** Whether all of it does. */
  whole: z.boolean(),
  says: z.string(),
  /** Rules that let it pass. */
  because: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      reason: z.string().optional(),
      owner: personRef.optional(),
      until: time.optional(),
    }),
  ),
  /** One packet that passes; or one that does not. */
  packet: packetView.optional(),
  /** The last instant at which it passes, when it ends. */
  until: time.optional(),
  /** What would open it, or what stands in the way. */
  next: z.string().optional(),
  /** Both ends share a segment: the gateway never sees it. */
  neighbours: z.boolean(),
});
export type ReachView = z.infer<typeof reachView>;

export const exportFormat = z.enum([
  'opnsense',
  'unifi',
  'cisco-ios',
  'arista-eos',
  'junos',
  'junos-srx',
  'aerleon',
  'wireguard',
]);
export type ExportFormat = z.infer<typeof exportFormat>;
