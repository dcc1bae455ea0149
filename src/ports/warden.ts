/**
 * The one part that runs as root: it writes the packet filter, and knows a closed list of verbs. Whoever asks is a gate on the same
 * machine; nothing here decides what is right, it only does, measures and lists.
 *
 * - `check` never changes anything; a Fault says what the kernel refuses.
 * - `load` replaces Picturelock's own tables in one transaction, with elements, live marks and quarantine restated. With `confirmWithinMs`
 *   the warden itself puts the previous rules back when `confirm` doesn't come in time, also when the asker is gone by then.
 * - `change` adds and removes elements (paths, quarantine) in one transaction; a stale removal is not an error.
 * - Element times are absolute deadlines on this machine's monotonic clock when they arrive, and kernel timeouts from then on: they end
 *   without any process of ours.
 * - `list` gives the listing of our tables as nft prints it (text, with elements), to be parsed and compared.
 * - `foreign` says which other process changed the ruleset since the last call.
 */
export interface PathElement {
  readonly id: string;
  /** One conntrack mark for one grant; 1–2^24-1. */
  readonly mark: number;
  readonly tuples: readonly {
    readonly from: string;
    readonly to: string;
    readonly protocol: 'tcp' | 'udp';
    readonly port: number;
  }[];
  /** How long it lives from now, in ms; the kernel ends it. */
  readonly ttlMs: number;
}

export interface ElementChange {
  readonly open: readonly PathElement[];
  /** Ids to close. */
  readonly close: readonly string[];
  readonly quarantine: readonly string[];
  readonly release: readonly string[];
}

export interface Committed {
  /** From the request to the kernel's commit. */
  readonly ms: number;
  readonly generation: number;
}

export interface Denial {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port?: number;
  readonly link?: string;
  /** `deny`, `would` (observe and warn), `spoof`, `quarantine`. */
  readonly verdict: string;
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

export interface Warden {
  check(rules: string): Promise<void>;
  load(rules: string, options: { readonly confirmWithinMs?: number }): Promise<Committed>;
  confirm(): Promise<void>;
  rollBack(): Promise<Committed>;
  change(change: ElementChange): Promise<Committed>;
  list(): Promise<string>;
  /** Removes Picturelock's tables. */
  unload(): Promise<void>;
  onDenied(listener: (denials: readonly Denial[]) => void): () => void;
  onForeign(listener: (change: ForeignChange) => void): () => void;
  /** Rolled back because nobody confirmed. */
  onRolledBack(listener: () => void): () => void;
  /** Who the kernel has seen on each link. */
  neighbours(): Promise<readonly Neighbour[]>;
  /** Flows under way, as connection tracking lists them. */
  flows(): Promise<
    readonly { readonly from: string; readonly to: string; readonly protocol: string; readonly port?: number }[]
  >;
  close(): Promise<void>;
}
