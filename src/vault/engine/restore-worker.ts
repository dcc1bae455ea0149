/** A thread that reads packs, opens and checks their pieces, and writes them where they belong; or checks them only. */
import { hash } from 'node:crypto';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { isZeros } from '#vault/engine/zeros.ts';
import type { PackJob, PieceJob } from '#vault/engine/restore-plan.ts';
import { runsOf } from '#vault/engine/restore-plan.ts';
import { isOutOfRoom, targetFull } from '#vault/engine/room.ts';
import type { DamagedPiece, FromRestorer, RestorerPlace, ToRestorer } from '#vault/engine/restore-work.ts';
import { decodePackHeader, headerLength, PACK_TAIL_BYTES } from '#vault/format/pack-format.ts';
import { giveBack } from '#vault/format/memory.ts';
import type { Sealer } from '#vault/format/sealing.ts';
import { createSealer, SEAL_BYTES } from '#vault/format/sealing.ts';
import { unfolded } from '#vault/format/unfold.ts';
import { openPackReader } from '#vault/store/pack-reader.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

const NONE = new Uint8Array();
const OPEN_FILES_MAX = 64;
/** The longest chunk fits. */
const MEMORY_BYTES = 8 * 1024 * 1024 + 64 * 1024;

const { place } = workerData as RestorerPlace; // what `warmRestorers` hands over
const port = parentPort;
if (port === null) throw new Bug('the restore worker runs as a thread');
const packs = await openPackReader(place);
/** From the first message on. */
let sealer: Sealer;
let root: string | undefined;
/** Where pieces are opened, one after another. */
const memory = Buffer.allocUnsafeSlow(MEMORY_BYTES);

/** Of the files that the job at hand writes to, by their numbers. */
let paths: ReadonlyMap<number, Uint8Array> = new Map();
const files = new Map<number, number>();

function fileFor(file: number): number {
  const known = files.get(file);
  if (known !== undefined) return known;
  if (files.size >= OPEN_FILES_MAX) closeOldest();
  const path = paths.get(file);
  if (path === undefined) throw new Bug('a piece goes to a file that nobody named');
  const fd = openSync(Buffer.from(path), constants.O_WRONLY | constants.O_NOFOLLOW);
  files.set(file, fd);
  return fd;
}

function closeOldest(): void {
  for (const [file, fd] of files) {
    closeSync(fd);
    files.delete(file);
    return;
  }
}

function closeAll(): void {
  for (const fd of files.values()) closeSync(fd);
  files.clear();
}

function opened(sealed: Uint8Array, { id, plainLength }: Pick<PieceJob, 'id' | 'plainLength'>): Buffer {
  const isLarge = sealed.length - SEAL_BYTES > MEMORY_BYTES;
  const stored = isLarge ? sealer.open(sealed) : memory.subarray(0, sealer.openInto(memory, sealed));
  const plain = plainLength === undefined ? stored : unfolded(stored, plainLength);
  if (hash('sha256', plain, 'hex') !== id)
    throw new Fault('object-damaged', `the content of piece ${id} is not what it was`);
  return plain;
}

/** Zeros are left as the hole that the file's length made. */
function write(plain: Buffer, { targets }: PieceJob): number {
  if (root === undefined || isZeros(plain)) return plain.length * targets.length;
  for (const { file, at } of targets) {
    const fd = fileFor(file);
    for (let done = 0; done < plain.length;) done += writeSync(fd, plain, done, plain.length - done, at + done);
  }
  return plain.length * targets.length;
}

async function perform(job: PackJob): Promise<void> {
  const damaged: DamagedPiece[] = [];
  let done = 0;
  for (const run of runsOf(job.pieces)) {
    const read = await packs.read(job.pack, run).catch((cause: unknown) => asFault(cause));
    for (const piece of run.pieces) {
      try {
        if (read instanceof Fault) throw read;
        const begin = piece.offset - run.offset;
        const plain = opened(read.subarray(begin, begin + piece.length), piece);
        done += write(plain, piece);
        giveBackUnfolded(plain);
      } catch (cause) {
        if (!isDamage(cause)) throw cause;
        const { id, nth, targets } = piece;
        damaged.push({ id, nth, targets, why: cause.message });
      }
    }
    if (!(read instanceof Fault)) packs.done(read);
  }
  say({ kind: 'done', bytes: done, damaged });
}

function giveBackUnfolded(plain: Buffer): void {
  if (plain.buffer !== memory.buffer) giveBack(plain);
}

/** Reads a whole pack: its name, its header, and every blob in it. */
async function check(pack: string): Promise<void> {
  const body = await packs.read(pack).catch((cause: unknown) => asFault(cause));
  if (body instanceof Fault) return say({ kind: 'checked', pack, bytes: 0, header: NONE, damaged: body.message });
  if (hash('sha256', body, 'hex') !== pack)
    return say({
      kind: 'checked',
      pack,
      bytes: body.length,
      header: NONE,
      damaged: 'its bytes are not the ones it is named by',
    });
  try {
    const length = headerLength(body.subarray(-PACK_TAIL_BYTES), body.length);
    const end = body.length - PACK_TAIL_BYTES;
    // Its memory goes with the message: cut from a pool, it would be kept until the whole heap is collected.
    const header = Buffer.allocUnsafeSlow(Math.max(0, length - SEAL_BYTES));
    sealer.openInto(header, body.subarray(end - length, end));
    for (const blob of decodePackHeader(header)) {
      const sealed = body.subarray(blob.offset, blob.offset + blob.length);
      giveBackUnfolded(opened(sealed, { ...blob, plainLength: blob.plainLength }));
    }
    say({ kind: 'checked', pack, bytes: body.length, header }, [header.buffer]);
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    say({ kind: 'checked', pack, bytes: body.length, header: NONE, damaged: cause.message });
  } finally {
    packs.done(body);
  }
}

const DAMAGE = new Set(['object-damaged', 'object-missing', 'object-short', 'seal-broken', 'pack-broken']);

/** Damage is an answer about one object; anything else ends the work. */
function isDamage(cause: unknown): cause is Fault {
  return cause instanceof Fault && DAMAGE.has(cause.code);
}

function asFault(cause: unknown): Fault {
  if (cause instanceof Fault && isDamage(cause)) return cause;
  throw cause;
}

function say(message: FromRestorer, given: ArrayBuffer[] = []): void {
  port?.postMessage(message, given);
}

let turn: Promise<void> = Promise.resolve();

port.on('message', (message: ToRestorer) => {
  turn = turn
    .then(async () => {
      if (message.kind === 'begin') {
        sealer = createSealer(message.key);
        root = message.root;
        return;
      }
      if (message.kind === 'check') return check(message.pack);
      if (message.kind === 'close') {
        closeAll();
        return say({ kind: 'closed' });
      }
      paths = new Map(message.paths);
      return perform(message.job);
    })
    .catch((cause: unknown) => {
      const fault = isOutOfRoom(cause) ? targetFull() : cause; // reading takes no room: it is the target's
      if (fault instanceof Fault)
        return say({ kind: 'failed', code: fault.code, message: fault.message, retry: fault.retry });
      const { code = 'bug' } = cause as NodeJS.ErrnoException; // errors of Node's file functions have one
      say({ kind: 'failed', code, message: String(cause), retry: false });
    });
});
