/**
 * The one part that runs as root: it writes the packet filter, and knows a closed list of verbs. Whoever asks is a gate on the same
 * machine; nothing here decides what is right, it only does, measures and lists.
 *
 * - `check` never changes anything; a Fault says what the kernel refuses.
 * - `load` replaces Picturelock's own table in one transaction, with elements, live marks and quarantine restated. With `confirmWithinMs`
 *   the warden itself puts the previous rules back when `confirm` doesn't come in time, also when the asker is gone by then; paths and
 *   quarantine stay as they are at that time.
 * - `change` adds and removes elements in one transaction; a stale removal is not an error. A Fault means that nothing was changed.
 * - Times left are counted from the call; the warden takes off what passed on the way, and from the commit on the kernel's own timers end
 *   them, without any process of ours. A load may end them early by what it takes, never late.
 * - `list` gives the listing of our table as nft prints it (text, with elements), to be parsed and compared.
 *
 * Every call may fault with `warden-gone` when the warden is not there, `nft-failed` when the kernel or nft refuses, and
 * `rules-not-ours` when the text is not one of ours.
 */
export interface PathPointer {
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly mark: number;
}

export interface LiveMark {
  readonly mark: number;
  /** Of the grant. */
  readonly id: string;
  readonly ttlMs: number;
}

/** Done in this order: close, open, quarantine. */
export interface ElementChange {
  readonly dead: readonly number[];
  /** With the mark that they lead to. */
  readonly unpoint: readonly PathPointer[];
  readonly live: readonly LiveMark[];
  readonly point: readonly PathPointer[];
  readonly quarantine: readonly string[];
  readonly release: readonly string[];
}

export interface Committed {
  /** From the request's arrival at the warden to the kernel's commit. */
  readonly ms: number;
}

export interface Denial {
  /** Wall clock of the warden. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port?: number;
  readonly link?: string;
  /** `would`: it passed, because refusals don't refuse yet. */
  readonly verdict: 'deny' | 'would' | 'spoof' | 'quarantine';
}

export interface ForeignChange {
  readonly at: number;
  readonly generation: number;
  readonly pid?: number;
  readonly process?: string;
}

export interface Neighbour {
  readonly address: string;
  readonly mac?: string;
  readonly link: string;
}

export interface SeenFlow {
  /** Of its connections in the kernel's table; of very many, some. */
  readonly ids: readonly string[];
  /** One of our grants has let it through at some time. */
  readonly isMarked: boolean;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port?: number;
}

/** What can be seen of what passes. */
export interface Seen {
  /** Flows under way that were answered, as connection tracking lists them, those that the gateway began left out; `undefined` when they cannot be listed. */
  readonly flows: readonly SeenFlow[] | undefined;
  /** Packets that the rules log are heard of. */
  readonly hears: boolean;
}

export interface WardenStatus {
  /** The rules that are loaded wait for their confirmation. */
  readonly isPending: boolean;
  /** Packets since the rules were loaded, or loaded whole again; `undefined` when our table is not there. */
  readonly counts: PacketCounts | undefined;
}

export interface PacketCounts {
  /** Where refusals don't refuse: those that would have been. */
  readonly refused: number;
  readonly quarantined: number;
  readonly spoofed: number;
}

export interface Warden {
  check(rules: string): Promise<void>;
  load(rules: string, options: { readonly confirmWithinMs?: number }): Promise<Committed>;
  status(): Promise<WardenStatus>;
  /** Keeps the rules of the last load; nothing to do when they are kept already. */
  confirm(): Promise<void>;
  rollBack(): Promise<Committed>;
  change(change: ElementChange): Promise<Committed>;
  /** `undefined` when our table is not there. */
  list(): Promise<string | undefined>;
  /** Removes Picturelock's table. */
  unload(): Promise<void>;
  onDenied(listener: (denials: readonly Denial[]) => void): () => void;
  /** Another process changed our table. */
  onForeign(listener: (change: ForeignChange) => void): () => void;
  /** Rolled back because nobody confirmed. */
  onRolledBack(listener: () => void): () => void;
  /** The warden is not there any more; the next call tries to reach it again. */
  onGone(listener: () => void): () => void;
  /** Who the kernel has seen on each link. */
  neighbours(): Promise<readonly Neighbour[]>;
  flows(): Promise<Seen>;
  close(): Promise<void>;
}
