/**
 * Collects out of the ledger what one evidence bundle needs: one pass over the entries, from the first to the newest that the
 * checkpoint covers.
 *
 * The tree is hashed along the way and compared with the signed root, so a bundle cannot be made of a damaged ledger. Memory grows
 * with the project, the facility's own entries and 32 bytes per 256 entries of everybody else.
 */
import { Buffer } from 'node:buffer';
import { readOwnEntry, streamPlaceOf } from '#ledger/entry.ts';
import { HASH_BYTES, leafHashInto } from '#ledger/hash.ts';
import { createHeadsTracker } from '#ledger/heads.ts';
import type { HeadsTracker } from '#ledger/heads.ts';
import { makeInclusionProof } from '#ledger/proof.ts';
import type { Proof } from '#ledger/proof.ts';
import { hashesFromTiles, tilesForRanges } from '#ledger/tile-source.ts';
import { TILE_WIDTH, tilePath, widthInTree } from '#ledger/tile.ts';
import type { BundleInput, StoredEntry } from '#evidence/bundle.ts';
import { TLOG_PROOFS_MAX } from '#evidence/bundle.ts';
import { networkEvidence } from '#evidence/network-evidence.ts';
import type { Checkpoint } from '#ledger/checkpoint.ts';
import type { LedgerStore } from '#ports/ledger-store.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import type { BundleRange } from '#ports/bundles.ts';
import type { ProjectId } from '#std/ids.ts';
import { Fault, refused } from '#std/refused.ts';
import type { Refused } from '#std/refused.ts';
import { isEqual, toHex } from '#std/bytes.ts';
import { createTileCollector } from './tile-collector.ts';
import type { TileCollector } from './tile-collector.ts';
import { supportFor } from './support.ts';

/** A project with more entries does not fit one archive (4 GiB) with certainty; ask for it in ranges that end earlier. */
export const BUNDLE_ENTRIES_MAX = 5_000_000;
/** Entries may follow a heads entry under the same checkpoint; not this many. */
const HEADS_LOOKBACK = 65_536;

export interface GatherPorts {
  readonly store: LedgerStore;
  readonly keys: SubjectKeys;
  readonly checkpoint: Checkpoint & { readonly note: string };
  readonly policy: string;
  readonly verifier: ReadonlyMap<string, Uint8Array>;
}

interface Pass {
  readonly stream: StoredEntry[];
  /** Everything of the facility's stream up to the heads entry; what the bundle needs of it is chosen at the end. */
  readonly facility: StoredEntry[];
  readonly tiles: TileCollector;
  readonly tracker: HeadsTracker;
  heads: StoredEntry | undefined;
  headProof: Proof;
}

export async function gatherBundle(
  ports: GatherPorts,
  project: ProjectId,
  range: BundleRange,
): Promise<BundleInput | Refused> {
  const { store, checkpoint } = ports;
  const newest = range.until === undefined ? await newestHeads(store, checkpoint.size) : undefined;
  if (range.until === undefined && newest === undefined) return notSealed();
  const pass: Pass = {
    stream: [],
    facility: [],
    tiles: createTileCollector(),
    tracker: createHeadsTracker(),
    heads: undefined,
    headProof: [],
  };
  for await (const { index, bytes } of store.read(0, checkpoint.size)) {
    follow(pass, index, bytes, project, range, newest);
    if (pass.stream.length > BUNDLE_ENTRIES_MAX) return tooLarge();
  }
  const { heads, stream } = pass;
  if (stream.length === 0)
    return refused('unknown-project', 'The ledger knows no such project.', 'Choose from the list of projects.');
  if (heads === undefined) return notSealed();
  if (!isEqual(pass.tiles.root(), checkpoint.root)) {
    throw new Fault(
      'ledger-mismatch',
      'The entries on disk do not give the root that was signed: no bundle can be made of them.',
    );
  }
  return assemble(ports, project, range, pass, heads);
}

function follow(
  pass: Pass,
  index: number,
  bytes: Uint8Array,
  project: ProjectId,
  range: BundleRange,
  newest: number | undefined,
): void {
  const leaf = Buffer.allocUnsafe(HASH_BYTES);
  leafHashInto(bytes, leaf, 0);
  const place = streamPlaceOf(bytes);
  // Past the heads entry only the tree matters.
  const wanted =
    pass.heads === undefined && (place.stream === project || place.stream === 'facility' || place.stream === 'ledger');
  const kept = wanted ? keep(pass, index, bytes, place.stream, project) : undefined;
  pass.tiles.add(leaf, kept !== undefined);
  if (pass.heads !== undefined) return;
  const position = place.n === 1 && place.stream.startsWith('prj_') ? streamNumberOf(bytes) : undefined;
  if (kept?.entry.kind === 'ledger.heads' && isChosen(kept, pass, range, newest)) commit(pass, kept, project);
  pass.tracker.add(index, place.stream, place.n, place.salt, position);
}

function keep(pass: Pass, index: number, bytes: Uint8Array, stream: string, project: ProjectId): StoredEntry {
  const stored = { index, bytes: Uint8Array.from(bytes), entry: readOwnEntry(bytes) };
  if (stream === project) pass.stream.push(stored);
  if (stream === 'facility') pass.facility.push(stored);
  return stored;
}

function isChosen(stored: StoredEntry, pass: Pass, { until }: BundleRange, newest: number | undefined): boolean {
  if (pass.stream.length === 0) return false;
  return until === undefined ? stored.index === newest : stored.entry.at >= until;
}

/** The heads entry that proves completeness; it must commit to what this pass has counted. */
function commit(pass: Pass, stored: StoredEntry, project: ProjectId): void {
  const view = pass.tracker.view();
  const position = pass.tracker.position(project) ?? 0;
  const isSame =
    stored.entry.kind === 'ledger.heads' &&
    stored.entry.data.root === toHex(view.root) &&
    stored.entry.data.size === view.size;
  if (!isSame)
    throw new Fault('heads-mismatch', `Ledger entry ${stored.index} does not commit to the streams as they are.`);
  pass.heads = stored;
  pass.headProof = view.proof(position);
}

function streamNumberOf(bytes: Uint8Array): number {
  const entry = readOwnEntry(bytes);
  if (entry.kind !== 'project.created')
    throw new Fault('ledger-mismatch', `The stream ${entry.stream} does not begin with its project.`);
  return entry.data.streamNumber;
}

async function newestHeads(store: LedgerStore, size: number): Promise<number | undefined> {
  for (let index = size - 1; index >= Math.max(0, size - HEADS_LOOKBACK); index -= 1) {
    const bytes = await store.readOne(index);
    if (streamPlaceOf(bytes).stream === 'ledger' && readOwnEntry(bytes).kind === 'ledger.heads') return index;
  }
  return undefined;
}

function assemble(
  ports: GatherPorts,
  project: ProjectId,
  range: BundleRange,
  pass: Pass,
  heads: StoredEntry,
): BundleInput {
  const { stream, headProof, tiles } = pass;
  const { entries: support, names } = supportFor(stream, pass.facility, heads, ports.keys);
  const { note, origin, size, root } = ports.checkpoint;
  const source = hashesFromTiles((level, index) => tiles.tile(level, index));
  const indexes = [...stream, ...support].map(({ index }) => index);
  const proofs =
    indexes.length > TLOG_PROOFS_MAX
      ? []
      : indexes.map((index) => [index, makeInclusionProof(index, size, source)] as const);
  return {
    project,
    from: range.from ?? null,
    until: range.until ?? null,
    policy: ports.policy,
    stream,
    support,
    headsIndex: heads.index,
    headProof,
    names,
    checkpoint: { note, origin, size, root: toHex(root) },
    tiles: neededTiles(indexes, size, tiles),
    proofs: new Map(proofs),
    network: networkEvidence(pass.facility, project, range.until ?? null, heads.entry.at),
    verifier: ports.verifier,
  };
}

/** For each entry its level-0 tile and those above it, and the right edge of every level: what the verifier walks. */
function neededTiles(indexes: readonly number[], size: number, tiles: TileCollector): BundleInput['tiles'] {
  const needed = new Map(tilesForRanges([{ start: 0, end: size }], size).map((tile) => [tilePath(tile), tile]));
  for (const index of indexes) {
    let at = Math.floor(index / TILE_WIDTH);
    for (let level = 0; ; level += 1) {
      const tile = { level, index: at, width: widthInTree(size, level, at) };
      needed.set(tilePath(tile), tile);
      if (tile.width < TILE_WIDTH) break;
      at = Math.floor(at / TILE_WIDTH);
    }
  }
  return [...needed.values()].map((tile) => ({
    tile,
    bytes: tiles.tile(tile.level, tile.index).subarray(0, tile.width * HASH_BYTES),
  }));
}

function notSealed(): Refused {
  return refused(
    'range-not-sealed',
    'The end of this range is not under a signed checkpoint yet.',
    'Leave the end open for all that is signed, or choose an earlier one. This end can be chosen once something later is signed.',
  );
}

function tooLarge(): Refused {
  return refused(
    'bundle-too-large',
    `This project has more than ${BUNDLE_ENTRIES_MAX} entries.`,
    'Choose a range that ends earlier.',
  );
}
