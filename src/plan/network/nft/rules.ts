/**
 * What is loaded into the packet filter, as data. Every packet asks: its flow's real ends and port lead to a mark, and the mark must be
 * alive. One grant, one mark; nothing is let through for having been let through before.
 *
 * - *Standing* rules come from flows and exposures and are replaced as a whole.
 * - *Pointers* lead from one exact flow to the mark of a live session's path; they and the marks come and go one by one.
 * - Quarantined addresses are dropped before anything else is asked.
 * - What comes to the gateway's own addresses is asked the same, where it has to do with a network of the model; what the gateway itself
 *   began, and what a machine needs to be reached at all, is not.
 */
import type { Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';

export const TABLE = 'picturelock';
/** Marks are 24 bits wide; 0 is nobody's. */
export const MARK_MAX = 0xff_ffff;
export const STANDING_PIECES_MAX = 50_000;
export const POINTERS_MAX = 50_000;
export const QUARANTINED_MAX = 20_000;
export const LINKS_MAX = 64;
export const NEAR_MAX = 20_000;

/** A part of the space that one grant covers; pieces do not overlap. The port is `ANY_PORT` for protocols without ports. */
export interface Piece<N extends Point> {
  readonly source: Span<N>;
  readonly destination: Span<N>;
  readonly protocol: Span;
  readonly port: Span;
  readonly mark: number;
}

/** One exact flow of a path. */
export interface Pointer<N extends Point> {
  readonly from: N;
  readonly to: N;
  readonly protocol: 6 | 17;
  readonly port: number;
  readonly mark: number;
}

/** A live mark. `endsAt` is the first instant (wall clock) at which it is dead; without one it lives until it is taken away. */
export interface Grant {
  readonly mark: number;
  readonly id: string;
  readonly endsAt?: number;
}

/** An interface of the gateway, and the sources that may come in by it. */
export interface Link {
  readonly name: string;
  readonly v4: readonly Span[];
  readonly v6: readonly Span<bigint>[];
  /** The gateway hears requests for an address from this link: a flow lets its machines use DHCP. */
  readonly dhcp4?: true;
  readonly dhcp6?: true;
}

/** Machines that stand in one network with an address: what the gateway is to them, if it has that address, is a neighbour. */
export interface Near<N extends Point> {
  readonly source: Span<N>;
  readonly destination: Span<N>;
}

export interface Rules {
  /** `false`: what would be refused is counted and logged, and passes. Quarantine holds either way. */
  readonly enforce: boolean;
  readonly links: readonly Link[];
  /** What comes from or to these and ends at the gateway itself is asked; so is what comes in by a link. */
  readonly asked4: readonly Span[];
  readonly asked6: readonly Span<bigint>[];
  readonly near4: readonly Near<number>[];
  readonly near6: readonly Near<bigint>[];
  readonly standing4: readonly Piece<number>[];
  readonly standing6: readonly Piece<bigint>[];
  readonly pointers4: readonly Pointer<number>[];
  readonly pointers6: readonly Pointer<bigint>[];
  readonly grants: readonly Grant[];
  readonly quarantined4: readonly number[];
  readonly quarantined6: readonly bigint[];
}

/** Lets everything pass but what is quarantined. */
export const OPEN_RULES: Rules = {
  enforce: false,
  links: [],
  asked4: [],
  asked6: [],
  near4: [],
  near6: [],
  standing4: [],
  standing6: [],
  pointers4: [],
  pointers6: [],
  grants: [],
  quarantined4: [],
  quarantined6: [],
};

/** Lets nothing pass: what a gateway starts with that knows nothing. Itself it stays within reach, for nobody could put it right otherwise. */
export const CLOSED_RULES: Rules = { ...OPEN_RULES, enforce: true };
