/** What the API shows of a blast radius: what somebody reaches who takes a machine, a credential or a person over. */
import { z } from 'zod';
import { id, time } from '#model/events.ts';
import { projectRef } from '#api/endpoints/views.ts';

const reached = z.strictObject({
  hosts: z.int(),
  projects: z.int(),
  /** Of everything that is stored: 0 to 1. */
  share: z.number(),
});
const opened = z.strictObject({ projects: z.int(), share: z.number() });

/** What somebody holds who takes this over, at one instant. */
export const breachNumbers = z.strictObject({
  at: time,
  /** In one step through the gateway; in any number of steps; through the gateway or below it. */
  direct: reached,
  pivot: reached,
  anyWay: reached,
  /** Hosts in the same segment. */
  neighbours: z.int(),
  /** What the rights at hand open. */
  opened,
  /** The one number: network and rights and time. */
  exposed: opened,
  rights: z.enum(['known', 'unknown']),
  internet: z.enum(['direct', 'pivot', 'no']),
});
export type BreachNumbers = z.infer<typeof breachNumbers>;

export const breachSubjectView = z.strictObject({
  kind: z.enum(['host', 'person', 'credential']),
  id: z.string(),
  /** Null when sealed. */
  name: z.string().nullable(),
  /** The host's zone; whose credential it is. */
  detail: z.string().optional(),
});
export type BreachSubjectView = z.infer<typeof breachSubjectView>;

export const radiusView = z.strictObject({ subject: breachSubjectView, now: breachNumbers, worst: breachNumbers });
export type RadiusView = z.infer<typeof radiusView>;

export const blastView = z.strictObject({
  at: time,
  /** How far ahead worst instants were looked for. */
  until: time,
  basis: z.enum(['bytes', 'projects']),
  projects: z.int(),
  /** How many were judged; the lists hold those of each kind that expose most, most first. */
  counts: z.strictObject({ hosts: z.int(), people: z.int(), credentials: z.int() }),
  hosts: z.array(radiusView),
  people: z.array(radiusView),
  credentials: z.array(radiusView),
  worst: z.array(radiusView),
  chokePoints: z.array(
    z.strictObject({
      kind: z.enum(['host', 'rule']),
      id: z.string(),
      name: z.string(),
      /** Other hosts that would lose a way to some content without it. */
      hosts: z.int(),
      share: z.number(),
    }),
  ),
  /** False when a limit kept later instants from being looked at. */
  complete: z.boolean(),
});
export type BlastView = z.infer<typeof blastView>;

const hostRefs = z.array(z.strictObject({ id: id('host'), name: z.string(), zone: z.string() }));

export const breachView = z.strictObject({
  subjects: z.array(breachSubjectView),
  numbers: breachNumbers,
  hosts: z.strictObject({
    starts: hostRefs,
    direct: hostRefs,
    pivot: hostRefs,
    neighbours: hostRefs,
    anyWay: hostRefs,
  }),
  projects: z.strictObject({
    exposed: z.array(projectRef),
    opened: z.array(projectRef),
    direct: z.array(projectRef),
    pivot: z.array(projectRef),
    anyWay: z.array(projectRef),
  }),
});
export type BreachView = z.infer<typeof breachView>;
