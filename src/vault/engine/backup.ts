/**
 * Takes one snapshot of a folder into a repository: packs first, then the indexes that name them, then the snapshot, so that nothing ever
 * points at what is not there.
 */
import { hostname, tmpdir, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { lstatSync } from 'node:fs';
import { hash } from 'node:crypto';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { isTurn } from '#vault/engine/rereading.ts';
import { holdLock } from '#vault/engine/lock.ts';
import { isDisputed } from '#vault/engine/plain-lengths.ts';
import { nodeOf, readNames } from '#vault/engine/node-of.ts';
import { createPacker, TREE_PACK_BYTES } from '#vault/engine/packer.ts';
import { rebuildIndex } from '#vault/engine/rebuild-index.ts';
import { asDamage } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { openResumeJournal } from '#vault/engine/resume-journal.ts';
import { tryScratchFile } from '#vault/engine/scratch-file.ts';
import { walkFolder } from '#vault/engine/walk.ts';
import type { WalkedFile, WalkParts } from '#vault/engine/walk.ts';
import { makeCloneFolder, removeCloneFolder } from '#vault/engine/stillness.ts';
import { pathText } from '#vault/engine/path-text.ts';
import { startWorkers } from '#vault/engine/worker-pool.ts';
import type { Steadiness } from '#vault/engine/work.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import { goTime } from '#vault/format/go-text.ts';
import { encodeIndex } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';
import { encodeSnapshot } from '#vault/format/snapshot-format.ts';
import { encodeTree } from '#vault/format/tree-format.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import type { AttributesRead, FileAttributes, ReadOptions } from '#ports/file-attributes.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

export interface BackupOptions {
  /** The folder that is taken, whole. */
  readonly source: string;
  /** Where the repository's store is, for the threads. */
  readonly place: StorePlace;
  /** Time of the snapshot: ms since 1970. */
  readonly at: number;
  readonly tags?: readonly string[];
  readonly host?: string;
  /** Snapshot to compare with; undefined reads everything. */
  readonly parent?: string;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Looks at blocks of what is read for signs of encryption. */
  readonly watch?: boolean;
  /** Reads each unchanged file again once in this time: rot and silent changes surface. 0 reads all of them now; none when left out. */
  readonly rereadEveryMs?: number;
  /** A local file that remembers what was read, so that an interrupted backup goes on where it was. One for each source and repository. */
  readonly journal?: string;
  /** A folder that is there, for what is too much for memory; the system's own when it is left out. */
  readonly scratch?: string;
  /** A folder on the source's file system that the backup leaves out: files are cloned there where that is possible, and read as of one instant. */
  readonly clones?: string;
  /** Reads extended attributes and access lists; without it they are not taken, and the result says so, as it does when they cannot be read. */
  readonly attributes?: Pick<FileAttributes, 'read'>;
  skips?(path: Buffer): boolean;
  onProgress?(progress: BackupProgress): void;
  onFile?(file: WalkedFile): void;
  /** So many unsteady files are named in the result; the others are counted. */
  readonly unsteadyNamedMax?: number;
  /** Each of them, however many. */
  onUnsteady?(file: UnsteadyFile): void;
}

export interface BackupProgress {
  readonly files: number;
  readonly bytes: number;
  readonly readBytes: number;
  readonly addedBytes: number;
  readonly ms: number;
}

export interface UnsteadyFile {
  readonly path: string;
  readonly steadiness: Steadiness;
  readonly why: string;
}

export interface BackupResult {
  readonly snapshot: string;
  readonly tree: string;
  readonly files: number;
  readonly bytes: number;
  readonly readBytes: number;
  /** What the repository grew by in packs. */
  readonly addedBytes: number;
  /** Files that were read from a clone, of those that were read. */
  readonly heldFiles: number;
  readonly readFiles: number;
  /** What of the extended attributes and access lists is not in the snapshot, and why; left out when all are. */
  readonly attributesLack?: string;
  /** Files that changed while they were read (taken as read), or could not be read (not taken): the first of them, and how many more there are. */
  readonly unsteady: readonly UnsteadyFile[];
  readonly unsteadyMore: number;
}

const THREADS = 2;
/** Trees are sealed in the walking thread; a folder's tree may be so long. */
const TREE_BYTES_MAX = 256 * 1024 * 1024;
const UNSTEADY_NAMED_MAX = 10_000;
/** An index is written as soon as so many packs or blobs wait for one: what was stored then survives an interruption, and what waits is small. */
const PACKS_WAITING_MAX = 512;
const BLOBS_WAITING_MAX = 16_000;
const PROGRESS_MS = 250;

/** The index of `repository` stays as it was: what is stored is found by whoever opens it next. */
export async function backup(repository: Repository, options: BackupOptions): Promise<BackupResult> {
  const release = await holdLock(repository, options.at);
  try {
    await repository.expectIndexes();
    return await take(repository, options);
  } finally {
    await release();
  }
}

async function take(repository: Repository, options: BackupOptions): Promise<BackupResult> {
  const { source, place, signal, threads = THREADS, unsteadyNamedMax = UNSTEADY_NAMED_MAX } = options;
  const root = resolve(source);
  const journal = openResumeJournal(options.journal, options.scratch);
  // Packs that an interrupted run stored, and that no index names yet.
  if (journal.isResumed) await rebuildIndex(repository, signal);
  const claims = tryScratchFile(options.scratch ?? tmpdir());
  const known = KnownBlobs.create(repository.index.shared, claims?.fd);
  const count = { files: 0, bytes: 0, readBytes: 0, addedBytes: 0, readFiles: 0, heldFiles: 0 };
  const unsteady: UnsteadyFile[] = [];
  let unsteadyMore = 0;
  const indexer = createIndexer(repository, (bytes) => (count.addedBytes += bytes));
  const begun = performance.now();
  const polynomial = repository.config.polynomial.toString(16);
  const watch = options.watch ?? false;
  const clones = clonesIn(options);
  const pool = startWorkers(threads, {
    store: repository.store,
    setting: () => ({ place, key: repository.key, polynomial, known: known.shared, watch, ...clones }),
    isHeld: clones.clones !== undefined,
    events: { packed: indexer.packed, read: (bytes) => (count.readBytes += bytes) },
  });
  let attributes: AttributesRead | undefined;
  const progress = setInterval(() => options.onProgress?.({ ...count, ms: performance.now() - begun }), PROGRESS_MS);
  try {
    const trees = createTreeStore(repository, known, indexer.packed);
    const parentTree = async (id: string): Promise<readonly TreeNode[] | undefined> => {
      const nodes = await readableTree(repository, id);
      if (nodes === undefined) trees.distrust();
      return nodes;
    };
    // By an earlier run: what another file of this one has is not durable yet. Of what is disputed the manifest could not say how long it is.
    const isStored = (content: readonly string[]): boolean =>
      content.every((id) => repository.index.has(id, 'data') && !isDisputed(repository.index, id));
    const parts: WalkParts = {
      pool,
      signal,
      names: readNames(),
      remembered: (path) => {
        const known = journal.remembered(path);
        // What nobody looked at is read again when everything is to be looked at.
        return watch && known?.read === undefined ? undefined : known;
      },
      stretches: (path, node) =>
        journal.stretches(path, node, (known) => isStored(known.content) && (!watch || known.look !== undefined)),
      storeTree: trees.store,
      parentTree,
      isStored,
      isDue: await rereading(repository, options),
      xattrs: (path) => attributes?.of(path),
      skips: options.skips ?? (() => false),
      onFile(file) {
        count.files += 1;
        count.bytes += Number(file.node.size);
        if (file.read !== undefined) count.readFiles += 1;
        if (file.read?.isHeld === true) count.heldFiles += 1;
        if (file.read?.steadiness !== 'changed') journal.finished(file.path, file.node, file.read);
        options.onFile?.(file);
      },
      onUnsteady(path, steadiness, why) {
        const one = { path: pathText(path), steadiness, why };
        if (unsteady.length < unsteadyNamedMax) unsteady.push(one);
        else unsteadyMore += 1;
        options.onUnsteady?.(one);
      },
    };
    attributes = await options.attributes?.read(root, attributeOptions(options));
    const before = await parentOf(repository, options.parent, root, parentTree);
    const walked = await walkFolder(parts, Buffer.from(root), nameOf(root), before);
    // What is still gathered is handed over, so that the last folder's tree can be made.
    const [node] = await Promise.all([walked.done, pool.flush()]);
    const tree = await ancestors(parts, root, node);
    await trees.flush();
    await pool.flush();
    await indexer.flush();
    const snapshot = await writeSnapshot(repository, options, root, tree);
    journal.done();
    const lack = attributes === undefined ? 'this machine has no getfattr' : attributes.lacks();
    const lacks = lack === undefined ? {} : { attributesLack: lack };
    return { snapshot, tree, ...count, ...lacks, unsteady, unsteadyMore };
  } catch (cause) {
    journal.close();
    throw cause;
  } finally {
    clearInterval(progress);
    await pool.close();
    attributes?.close();
    claims?.close();
    if (options.clones !== undefined) removeCloneFolder(options.clones);
  }
}

function attributeOptions({ scratch, signal }: BackupOptions): ReadOptions {
  return { ...(scratch === undefined ? {} : { scratch }), ...(signal === undefined ? {} : { signal }) };
}

/** What a killed run left there goes first. */
function clonesIn({ clones }: BackupOptions): { readonly clones?: string } {
  if (clones === undefined) return {};
  removeCloneFolder(clones);
  return makeCloneFolder(clones) ? { clones } : {};
}

/** Another share of the unchanged files each day. */
async function rereading(
  repository: Repository,
  { at, parent, rereadEveryMs }: BackupOptions,
): Promise<(path: Buffer) => boolean> {
  if (rereadEveryMs === 0) return () => true;
  if (rereadEveryMs === undefined || parent === undefined) return () => false;
  const since = Date.parse((await repository.snapshot(parent)).time);
  return (path) => isTurn(path, { since, at, everyMs: rereadEveryMs });
}

function nameOf(path: string): Buffer {
  return Buffer.from(path.slice(path.lastIndexOf('/') + 1));
}

interface Indexer {
  packed(id: string, blobs: readonly PackedBlob[], bytes: number): void;
  flush(): Promise<void>;
}

function createIndexer(repository: Repository, added: (bytes: number) => void): Indexer {
  let waiting: IndexedPack[] = [];
  let blobs = 0;
  let writing: Promise<void> = Promise.resolve();

  function write(): void {
    const packs = waiting;
    waiting = [];
    blobs = 0;
    if (packs.length === 0) return;
    writing = writing.then(async () => void (await repository.writeUnpacked('index', encodeIndex(packs))));
    writing.catch(() => undefined);
  }

  return {
    packed(id, packed, bytes) {
      waiting.push({ id, blobs: packed });
      blobs += packed.length;
      added(bytes);
      if (blobs >= BLOBS_WAITING_MAX || waiting.length >= PACKS_WAITING_MAX) write();
    },
    async flush() {
      write();
      await writing;
    },
  };
}

/** Trees are sealed where the walk is; they go to packs of their own. */
function createTreeStore(repository: Repository, known: KnownBlobs, packed: Indexer['packed']) {
  const store = async (id: string, body: Uint8Array): Promise<void> =>
    void (await repository.store.put('data', id, body));
  const packer = createPacker(repository.key, { store, packed }, TREE_PACK_BYTES);
  let turn: Promise<unknown> = Promise.resolve();
  /** Trees stored by this run, from when on those of others are not relied on. */
  let own: Set<string> | undefined;

  function isNew(id: string): boolean {
    const isClaimed = known.claim('tree', Buffer.from(id, 'hex'));
    if (own === undefined || own.has(id)) return isClaimed;
    own.add(id);
    return true;
  }

  async function add(plain: Buffer, id: string): Promise<void> {
    if (plain.length > TREE_BYTES_MAX)
      throw new Fault('folder-too-large', 'a folder has more entries than a tree can hold: divide it');
    await packer.add('tree', id, plain, true);
  }

  return {
    store(nodes: readonly TreeNode[]): Promise<string> {
      const plain = encodeTree(nodes);
      const id = hash('sha256', plain, 'hex');
      if (!isNew(id)) return Promise.resolve(id);
      const stored = turn.then(() => add(plain, id));
      turn = stored.catch(() => undefined);
      return stored.then(() => id);
    },
    /** A tree that should be there cannot be read: whatever is made from now on is stored, known or not. */
    distrust: () => void (own ??= new Set()),
    async flush() {
      await turn;
      await packer.flush();
    },
  };
}

/** The tree of `/` down to the folder's parent, as stock restic makes it of an absolute path. */
async function ancestors(parts: WalkParts, root: string, folder: TreeNode | undefined): Promise<string> {
  if (folder === undefined) throw new Fault('source-missing', `there is no folder ${root}`);
  let [tree, path] = [await parts.storeTree([folder]), dirname(root)];
  for (; path !== '/'; path = dirname(path)) {
    const bytes = Buffer.from(path);
    const node = nodeOf(bytes, nameOf(path), 'dir', lstatSync(bytes, { bigint: true }), parts.names);
    tree = await parts.storeTree([{ ...node, subtree: tree }]);
  }
  return tree;
}

/** Undefined when it is damaged or gone. */
async function readableTree(repository: Repository, id: string): Promise<readonly TreeNode[] | undefined> {
  try {
    return await repository.readTree(id);
  } catch (cause) {
    asDamage(`tree ${id}`, cause);
    return undefined;
  }
}

/** The parent snapshot's tree of this very folder. */
async function parentOf(
  repository: Repository,
  parent: string | undefined,
  root: string,
  treeOf: WalkParts['parentTree'],
): Promise<string | undefined> {
  if (parent === undefined) return undefined;
  let tree: string | undefined = (await repository.snapshot(parent)).tree;
  for (const name of root.split('/').slice(1)) {
    if (tree === undefined) return undefined;
    const nodes: readonly TreeNode[] | undefined = await treeOf(tree);
    tree = nodes?.find((node) => Buffer.from(name).equals(node.name))?.subtree;
  }
  return tree;
}

function writeSnapshot(repository: Repository, options: BackupOptions, root: string, tree: string): Promise<string> {
  const { at, tags = [], parent, host = hostname() } = options;
  const { username, uid, gid } = userInfo();
  const text = encodeSnapshot({
    time: goTime(BigInt(at) * 1_000_000n),
    ...(parent === undefined ? {} : { parent }),
    tree,
    paths: [root],
    hostname: host,
    username,
    uid,
    gid,
    tags,
  });
  return repository.writeUnpacked('snapshots', text);
}
