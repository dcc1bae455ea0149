/**
 * What a gate (or the API) sees of the engine: the same interface whether the engine is in this process, or at the other
 * end of a local socket.
 *
 * - `command` is authorised, decided, appended and folded; it resolves after the drafts are durable *and* folded into
 *   `state()` of this very client. A refusal is a value.
 * - `record` appends activity drafts; it resolves when they are durable. It rejects with a Fault when the engine is gone:
 *   then the act must not happen.
 * - `state()` is this process's own fold. `lease()` says until when (monotonic ms of this process) it may be decided from; after
 *   that every decision is a refusal and live sessions end.
 * - `onOrders` calls back with orders to cut as soon as they are durable, before they and what follows from them are folded into
 *   `state()`: whoever holds connections destroys them then. The same orders come again through `subscribe`, and an order that
 *   was published while this client was not connected comes only there.
 * - `subscribe` calls back for every state entry after it has been folded in, in order, from the moment of the call.
 */
import type { Command } from '#model/commands.ts';
import type { By, Draft, Placed } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { Refused } from '#std/refused.ts';

export interface Applied {
  readonly kind: 'ok';
  readonly entries: readonly Placed[];
}

export interface EngineClient {
  state(): State;
  /** The state as it was at a wall-clock time, or at a ledger size. */
  stateAt(point: { readonly at: number } | { readonly size: number }): Promise<State>;
  lease(): number;
  command(command: Command, by: By): Promise<Applied | Refused>;
  record(drafts: readonly Draft[]): Promise<readonly number[]>;
  subscribe(listener: (placed: readonly Placed[], state: State) => void): () => void;
  onOrders(listener: (orders: readonly Placed[]) => void): () => void;
  /** Called once when the engine is lost or the lease ran out; and again after each recovery and loss. */
  onLease(listener: (held: boolean) => void): () => void;
  /** Waits until everything up to this index is under a signed checkpoint. */
  sealed(index: number): Promise<{ readonly size: number; readonly note: string }>;
  search(query: EntryQuery): Promise<EntryPage>;
  close(): Promise<void>;
}

export interface EntryQuery {
  readonly person?: string;
  readonly project?: string;
  readonly session?: string;
  readonly engagement?: string;
  readonly cut?: string;
  /** A prefix of a kind: `file.` finds all file entries. */
  readonly kind?: string;
  /** Part of a path, case-insensitive. */
  readonly path?: string;
  readonly from?: number;
  readonly until?: number;
  /** Newest first; continue below this index. */
  readonly before?: number;
  readonly limit: number;
}

export interface EntryPage {
  /** Re-read from the ledger, not from the index. */
  readonly entries: readonly Placed[];
  /** Pass as `before` for the next page; undefined at the end. */
  readonly next?: number;
  /** How far the index has followed the ledger. */
  readonly searchedTo: number;
}
