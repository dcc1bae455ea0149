/**
 * The shape of `facility.yaml`: the network of a facility by names, for people to write and to keep under version control. What is in it
 * and what it means is docs/spec/facility-file.md; the ids stay in the ledger.
 */
import { z } from 'zod';
import { label, networkRange, reason } from '#model/entry-shapes.ts';
import { POLICY_TESTS_MAX } from '#model/limits.ts';
import { address, contentHeld, flowClass, hostRole, invariantId, mac, zoneKind } from '#model/network-shapes.ts';

/** `2026-12-01` (its first instant in UTC) or `2026-12-01T18:00:00Z`. */
export const fileTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/, 'write it like 2026-12-01 or 2026-12-01T18:00:00Z')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'no such day');
/** `me`, an id, and where the facility's keys are at hand a mail address or a name. */
const person = label;
/** An alias, or an id. */
const project = label;

const zone = z.strictObject({
  trust: z.int().min(0).max(100),
  networks: z
    .array(z.union([z.string().max(64), networkRange]))
    .max(64)
    .optional(),
  kinds: z.array(zoneKind).max(14).optional(),
  content: contentHeld.optional(),
  project: project.optional(),
  link: z.string().max(15).optional(),
});

const host = z.strictObject({
  zone: label,
  addresses: z.array(address).max(16).optional(),
  purpose: label.optional(),
  role: hostRole.optional(),
  macs: z.array(mac).max(16).optional(),
  owner: person.optional(),
  projects: z.array(project).max(500).optional(),
  socket: label.optional(),
});

/** `tcp/445`, `udp/5000-5010`, `icmp`, `esp`, `any`. */
const portText = z
  .string()
  .regex(/^((tcp|udp)\/\d{1,5}(-\d{1,5})?|icmp|esp|any)$/, 'write it like tcp/445, udp/5000-5010 or icmp');
const service = z.strictObject({
  ports: z.array(portText).min(1).max(32),
  plane: z.enum(['data', 'management']).optional(),
});

/** The name of a zone; or `zone/host`; or one of them, or a part of a zone, spelt out. */
const end = z.union([
  label,
  z.strictObject({ zone: label }),
  z.strictObject({ host: label }),
  z.strictObject({ zone: label, network: z.string().max(64), name: label.optional() }),
]);
export type FileEnd = z.infer<typeof end>;

const answered = {
  owner: person.optional(),
  reason,
  review: fileTime.optional(),
  until: fileTime.optional(),
};

const flow = z.strictObject({ from: end, to: end, service: label, class: flowClass.optional(), ...answered });
const exposure = z.strictObject({ host: label, service: label, as: label, ...answered });
const exception = z.strictObject({
  invariant: invariantId,
  zone: label.optional(),
  host: label.optional(),
  flow: z.strictObject({ from: end, to: end, service: label }).optional(),
  exposure: z.strictObject({ host: label, service: label }).optional(),
  owner: person.optional(),
  reason,
  until: fileTime,
});

/** As an end; or an address or network as text; or `any`; or everything but some of these. */
const region = z.union([end, z.strictObject({ not: z.array(end).min(1).max(40) })]);
export type FileRegion = z.infer<typeof region>;

const assertion = z.strictObject({
  from: region,
  to: region,
  /** A service of this file, or ports as a service writes them; `any` is every port of every protocol. */
  service: label,
  /** An instant, or `always`. */
  at: z.union([fileTime, z.literal('always'), z.literal('now')]).optional(),
});
/** Kept by the facility in this very form, so that it speaks of names and not of ids: what takes a name away takes the test's ground away. */
export const policyTest = z.union([
  z.strictObject({ name: label.optional(), deny: assertion }),
  z.strictObject({ name: label.optional(), allow: assertion }),
]);
export type FileTest = z.infer<typeof policyTest>;

/** Of one section. */
const LINES_MAX = 10_000;
const named = <Shape extends z.ZodType>(shape: Shape) =>
  z.record(label, shape).refine((all) => Object.keys(all).length <= LINES_MAX, `at most ${LINES_MAX}`);

export const facilityFile = z.strictObject({
  /** The version of this format. */
  facility: z.literal(1),
  /** Who answers for what names no owner. */
  owner: person.optional(),
  zones: named(zone).optional(),
  hosts: named(host).optional(),
  services: named(service).optional(),
  flows: z.array(flow).max(LINES_MAX).optional(),
  exposures: z.array(exposure).max(LINES_MAX).optional(),
  exceptions: z.array(exception).max(LINES_MAX).optional(),
  tests: z.array(policyTest).max(POLICY_TESTS_MAX).optional(),
});
export type FacilityFile = z.infer<typeof facilityFile>;
export type FileZone = z.infer<typeof zone>;
export type FileHost = z.infer<typeof host>;
export type FileService = z.infer<typeof service>;
export type FileFlow = z.infer<typeof flow>;
export type FileExposure = z.infer<typeof exposure>;
export type FileException = z.infer<typeof exception>;
