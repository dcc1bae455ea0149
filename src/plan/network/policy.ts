/**
 * A policy: what may pass through the gateway, as a union of boxes over source × destination × protocol × port × time, under a
 * quarantine that dominates. Nothing that no box covers may pass; an empty policy is deny-all.
 *
 * - An IPv4 address is an integer below 2^32, an IPv6 address a bigint below 2^128.
 * - Protocols are IP protocol numbers; ports are destination ports, 0–65535 for protocols that have none.
 * - Times are milliseconds since 1970; spans are inclusive, so a grant that ends at `until` has `last: until - 1`.
 * - A box speaks of the packet that *begins* a flow; replies are part of the flow for as long as its box holds.
 */
export interface Span<N extends number | bigint = number> {
  readonly first: N;
  readonly last: N;
}

export interface BoxOf<N extends number | bigint> {
  readonly source: Span<N>;
  readonly destination: Span<N>;
  readonly protocol: Span;
  readonly port: Span;
  readonly time: Span;
  /** Id of the flow, exposure or path that it comes from. */
  readonly because: string;
}

export type Box4 = BoxOf<number>;
export type Box6 = BoxOf<bigint>;

export interface Policy {
  readonly v4: readonly Box4[];
  readonly v6: readonly Box6[];
  /** Addresses that nothing reaches and that reach nothing, whatever the boxes say. */
  readonly quarantined4: readonly Span[];
  readonly quarantined6: readonly Span<bigint>[];
}

export const DENY_ALL: Policy = { v4: [], v6: [], quarantined4: [], quarantined6: [] };

/** A concrete packet, as text that a person can try out. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port?: number;
  readonly at: number;
}
