import type { PaceLimits } from '#std/pace.ts';

/** The limits of the gate's doors, named once. All can be narrowed by the caller; none can be switched off. */
export interface GateLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** From the first byte until a session is open. */
  readonly handshakeMs: number;
  /** Failed tries on one connection. */
  readonly triesMax: number;
  /** Failed tries from one address within `triesWindowMs`; then its connections are dropped unheard. */
  readonly triesPerAddressMax: number;
  readonly triesWindowMs: number;
  /** Without a byte either way. */
  readonly idleMs: number;
  readonly sessionMs: number;
  /** SFTP channels on one SSH connection. */
  readonly channelsMax: number;
  /** Bytes queued in the socket of one connection before requests wait. */
  readonly queuedBytesMax: number;
  /** Requests of one session that are decided and recorded: all but reads and writes of open files. Faster ones wait. */
  readonly pace: PaceLimits;
}

export const GATE_LIMITS: GateLimits = {
  connectionsMax: 256,
  connectionsPerAddressMax: 32,
  handshakeMs: 30_000,
  triesMax: 6,
  triesPerAddressMax: 30,
  triesWindowMs: 10 * 60_000,
  idleMs: 15 * 60_000,
  sessionMs: 12 * 3_600_000,
  channelsMax: 4,
  queuedBytesMax: 4 * 1024 * 1024,
  pace: { burst: 5_000, everyMs: 0.5 }, // a tenth of what the ledger takes; no client works so fast for long
};
