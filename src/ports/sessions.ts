/**
 * The registry of live sessions of one gate process: the place where access really ends.
 *
 * Rules (DESIGN 7): subscribe before the first check; a local absolute deadline; a slow sweep that re-decides everything; a
 * fail-closed lease; a fresh decision on every reconnect, open and ticket use. On a cut the socket is destroyed first and the
 * entry is written second.
 */
import type { Because, CutScope, Gate, Passed } from '#model/events.ts';
import type { CredentialId, CutId, EngagementId, PersonId, ProjectId, SessionId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';

export interface SessionRequest {
  readonly gate: Gate;
  readonly person: PersonId;
  readonly project?: ProjectId;
  readonly engagement?: EngagementId;
  readonly credential?: CredentialId;
  readonly from?: string;
  readonly client?: string;
  readonly tokenHash?: string;
  readonly factorAt?: number;
  /** Absolute limit asked for (wall clock ms); the registry may make it earlier, never later. */
  readonly until: number;
}

/**
 * The right that an attached thing lives by (a download, an event stream, an open handle). It ends when that right ends,
 * though its session lives on; the registry decides it when it is attached, at its horizon, and on every change of state.
 */
export interface Needs {
  readonly action: string;
  readonly project?: ProjectId;
  readonly path?: string;
}

export interface LiveSession extends SessionRequest {
  readonly id: SessionId;
  bytesIn: number;
  bytesOut: number;
  operations: number;
  lastByteAt: number;
  /** What the packet filter last said that a path carried, both ways together. */
  passed: Passed | undefined;
  /**
   * Something to destroy at once when the session is cut: a socket, a channel, a stream. The result removes it. Without `needs`
   * it lives as long as the session, and also ends with any cut of a project that the session's person is on. When the
   * session is over already, or `needs` is denied, it is destroyed before this returns. `from` is where its own request came from, when that
   * may be another place than the session's: a machine in quarantine loses what it itself fetches, whoever's session it is.
   */
  attach(destroy: (because: Because) => void, needs?: Needs, from?: string): () => void;
  /** Attached and not yet removed. */
  readonly attached: number;
  readonly closed: Because | undefined;
  /** Ends it: destroys what is attached, then records. */
  close(because: Because, cut?: CutId): Promise<void>;
}

export interface SessionRegistry {
  /** Decides, records `session.opened` durably, then registers. */
  open(request: SessionRequest): Promise<LiveSession | Refused>;
  /** Takes over a session that the state knows and this process doesn't (after a restart). */
  adopt(session: SessionId): LiveSession | Refused;
  get(session: SessionId): LiveSession | undefined;
  readonly size: number;
  /** Sessions that a scope covers. */
  covered(scope: CutScope): readonly LiveSession[];
  close(): Promise<void>;
}
