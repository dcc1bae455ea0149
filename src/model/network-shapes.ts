/**
 * The shapes that the network's entries and commands are made of: what a zone is for, what a host does, who may start a connection to
 * whom. Addresses are text as people write them (`10.20.0.5`, `fd00:20::5`), networks are CIDR, ports are inclusive ranges.
 */
import { z } from 'zod';
import { id, label, networkRange, reason, time } from '#model/entry-shapes.ts';

/** What a zone is for; a small facility folds several into one zone. */
export const zoneKind = z.enum([
  'internet',
  'guest',
  'corporate',
  'physec',
  'dmz',
  'transfer',
  'dataio',
  'production',
  'enclave',
  'render',
  'storage',
  'core',
  'mgmt',
  'vault',
]);
export type ZoneKind = z.infer<typeof zoneKind>;

/** `transient`: content passes through and stays a day at most. */
export const contentHeld = z.enum(['none', 'transient', 'kept']);
export type ContentHeld = z.infer<typeof contentHeld>;

export const hostRole = z.enum([
  'workstation',
  'server',
  'storage',
  'render-node',
  'render-manager',
  'broker',
  'portal',
  'transfer',
  'drive-station',
  'bastion',
  'firewall',
  'switch',
  'hypervisor',
  'identity',
  'logging',
  'time',
  'mirror',
  'licence',
  'vault',
  'camera',
  'printer',
  'other',
]);
export type HostRole = z.infer<typeof hostRole>;

export const address = z.string().min(2).max(64);
export const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
export const port = z.int().min(0).max(65_535);
export const invariantId = z.enum([
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'I13',
  'I14',
]);
export type InvariantId = z.infer<typeof invariantId>;

/** `icmp` stands for ICMP and ICMPv6 alike and has no ports; `any` is every protocol. */
export const protocol = z.enum(['tcp', 'udp', 'icmp', 'esp', 'any']);
export type Protocol = z.infer<typeof protocol>;
/** Inclusive; left out for protocols without ports. */
export const servicePort = z.strictObject({ protocol, first: port.optional(), last: port.optional() });
export type ServicePort = z.infer<typeof servicePort>;

export const zoneData = z.strictObject({
  name: label,
  trust: z.int().min(0).max(100),
  networks: z.array(networkRange).max(64),
  kinds: z.array(zoneKind).max(14).optional(),
  content: contentHeld.optional(),
  /** The one project of an enclave. */
  project: id('project').optional(),
  /** Name of the gateway's interface towards this zone (`eth1`, `vlan20`); spoofed sources are refused by it. */
  link: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/)
    .optional(),
});

export const hostData = z.strictObject({
  name: label,
  addresses: z.array(address).max(16),
  purpose: label.optional(),
  role: hostRole.optional(),
  macs: z.array(mac).max(16).optional(),
  /** Who answers for it, and whose seat it is. */
  owner: id('person').optional(),
  /** Whose content lies on it; every project's when left out on a host that stores content. */
  projects: z.array(id('project')).max(500).optional(),
  /** The switch or bridge port it hangs on. */
  socket: label.optional(),
});

/** One end of a flow: a whole zone, one host, or a part of a zone that is no host of ours (a partner on the internet). */
export const flowEnd = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('zone'), zone: id('zone') }),
  z.strictObject({ kind: z.literal('host'), host: id('host') }),
  z.strictObject({ kind: z.literal('network'), zone: id('zone'), cidr: z.string().max(64), name: label }),
]);
export type FlowEnd = z.infer<typeof flowEnd>;

/**
 * Why a flow may exist at all; the invariants treat each class by its own rules.
 * - `standard`: between equals, or from higher trust to lower.
 * - `core-service`: anybody to a service of the core (names, time, identity, logs).
 * - `admin`: from a bastion to a management plane.
 * - `broker`: from the remote-access broker; openings to seats come from live sessions, not from this flow.
 * - `proxy`: from a proxy or mirror to listed places on the internet.
 * - `pull`: a vault or an I/O station that fetches.
 * - `share`: from workstations to one storage machine. It lets nothing pass: it says for which paths a person may hold a session.
 */
export const flowClass = z.enum(['standard', 'core-service', 'admin', 'broker', 'proxy', 'pull', 'share']);
export type FlowClass = z.infer<typeof flowClass>;

export const flowData = z.strictObject({
  from: flowEnd,
  to: flowEnd,
  class: flowClass,
  owner: id('person'),
  reason,
  reviewBy: time,
  /** The flow closes by itself at this time. */
  until: time.optional(),
});

export const serviceData = z.strictObject({
  name: label,
  ports: z.array(servicePort).min(1).max(32),
  /** `management`: an admin port; only a bastion may reach it. */
  plane: z.enum(['data', 'management']),
});

/** A line of the external inventory: a host that the internet may reach, on one service. */
export const exposureData = z.strictObject({
  publicName: label,
  owner: id('person'),
  reason,
  reviewBy: time,
  until: time.optional(),
});

/**
 * - `off`: nothing is loaded.
 * - `observe`: rules count what they would refuse and let it pass.
 * - `warn`: the same, and every would-be refusal is a finding that names owner and next step.
 * - `enforce`: what the model does not allow does not pass.
 */
export const networkMode = z.enum(['off', 'observe', 'warn', 'enforce']);
export type NetworkMode = z.infer<typeof networkMode>;

export const pathData = z.strictObject({
  from: address,
  to: address,
  protocol: z.enum(['tcp', 'udp']),
  port,
  until: time,
});

export const quarantineScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('host'), host: id('host') }),
  z.strictObject({ kind: z.literal('person'), person: id('person') }),
  z.strictObject({ kind: z.literal('project'), project: id('project') }),
]);
export type QuarantineScope = z.infer<typeof quarantineScope>;

export const findingKind = z.enum([
  'drift',
  'stray-flow',
  'unknown-device',
  'rolled-back',
  'enforcement-failed',
  'would-refuse',
  'spoofed',
  'unobserved',
]);
export type NetworkFindingKind = z.infer<typeof findingKind>;

export const findingData = z.strictObject({
  /** The same trouble has the same key, however often it is seen. */
  key: z.string().min(1).max(200),
  finding: findingKind,
  says: z.string().max(500),
  /** What a person should do now. */
  next: z.string().max(500),
  /** For drift: the process that changed the rules, as the kernel reports it. */
  process: z.string().max(80).optional(),
  from: address.optional(),
  to: address.optional(),
  protocol: z.string().max(12).optional(),
  port: port.optional(),
  mac: mac.optional(),
});

export const applyData = z.strictObject({
  mode: networkMode,
  /** The ledger size of the state that the rules were compiled from. */
  fromSize: z.int().min(0),
  /** SHA-256 of the rules' text, and of the listing that was read back and proved equal to the model. */
  rulesSha256: z.string().regex(/^[0-9a-f]{64}$/),
  listingSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of the part that a person decides, the same for the same decisions. */
  standingSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  elements: z.int().min(0),
  commitMs: z.number().min(0),
  /** Until when somebody has to confirm; absent when nothing that a person decided was changed. */
  confirmBy: time.optional(),
});

/** Refused packets, folded: one row for each source, destination, protocol and port within one interval. */
export const deniedRow = z.strictObject({
  from: address,
  to: address,
  protocol: z.string().max(12),
  port: port.optional(),
  packets: z.int().min(1),
});
