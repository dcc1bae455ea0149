/** The shape that every invariant has, and how a breach of one is told. */
import type { InvariantId, ServicePort } from '#model/network-shapes.ts';
import type { Host, State, Zone } from '#model/state.ts';
import type { Packet } from '#plan/network/policy.ts';
import type { Crossing, Ground, Place } from '#plan/network/invariants/ground.ts';
import type { ExceptionId, ProjectId } from '#std/ids.ts';

/** Something that an invariant does not allow, or, with `isDoubt`, something that cannot be judged. */
export interface Breach {
  readonly crossing?: Crossing;
  readonly host?: Host;
  readonly zone?: Zone;
  /** Tells breaches of one subject apart. */
  readonly tag?: string;
  /** What of the crossing's ports breaks it, when not all. */
  readonly ports?: readonly ServicePort[];
  readonly packet?: Packet;
  readonly says: string;
  readonly next: string;
  readonly isDoubt?: boolean;
  /** A change of labels blinds the invariant; no rule breaks it yet. */
  readonly isRelabelled?: boolean;
  /** It comes from what the gateway reports, not from what the model says: no change of the model makes or heals it. */
  readonly isReported?: boolean;
}

export interface Invariant {
  readonly id: InvariantId;
  /** Ids of the MPA's controls (Content Security Best Practices 5.3.1). */
  readonly controls: readonly string[];
  readonly title: string;
  /** It cannot be judged where a zone doesn't say what it is for. */
  readonly asksForKinds: boolean;
  readonly assumptions?: readonly string[];
  /** Breaches that don't come from one crossing alone. */
  readonly whole?: (ground: Ground, state: State, at: number) => Iterable<Breach>;
  /** Breaches of one crossing; a path is judged like any other rule. */
  readonly crossing?: (crossing: Crossing, ground: Ground, state: State, at: number) => Iterable<Breach>;
}

export type Standing = 'breaks' | 'excepted' | 'unknown';

/** A breach as it is reported. */
export interface Violation {
  readonly invariant: InvariantId;
  /** The same breach of the same thing has the same key, whenever it is judged. */
  readonly key: string;
  readonly standing: Standing;
  /** Id of the flow, exposure or path. */
  readonly rule?: string;
  readonly ruleKind?: 'flow' | 'exposure' | 'path';
  readonly host?: Host['id'];
  readonly zone?: Zone['id'];
  readonly fromZone?: Zone['id'];
  readonly toZone?: Zone['id'];
  readonly project?: ProjectId;
  readonly packet?: Packet;
  readonly says: string;
  readonly next: string;
  /** The exception that lifts it, and the first instant at which none does. */
  readonly exceptedBy?: ExceptionId;
  readonly breaksFrom?: number;
  /** The last instant at which it can happen, if nothing changes but the clock. */
  readonly last?: number;
  readonly isReported?: boolean;
  /** Nothing passes yet that should not: a label changed, and the invariant would not look there any more. */
  readonly isRelabelled?: boolean;
}

/** A crossing in words: `seat-4 -> nas-1 (smb)`. */
export function named({ rule, from, to, fromHosts, toHosts }: Crossing): string {
  const service = rule.kind === 'path' ? `${rule.path.protocol} ${rule.path.port}` : rule.service.name;
  return `${endName(from, fromHosts)} -> ${endName(to, toHosts)} (${service})`;
}

function endName(place: Place, hosts: readonly Host[] | undefined): string {
  const [host] = hosts ?? [];
  return host === undefined ? place.name : `${host.name} in ${place.name}`;
}
