/** An upload being written under a decision. Nothing is seen under its name until `finish` has said ok. */
import type { WriteHandle } from '#ports/files.ts';
import type { Digest, PartFile } from '#ports/workspace.ts';
import type { UploadId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { Fault, isRefused, ok, refused } from '#std/refused.ts';
import { accept } from '#gates/files/accept.ts';
import { Extents } from '#gates/files/extents.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { draft, stillPermitted } from '#gates/files/file-act.ts';
import { isUnfinishedName } from '#gates/files/file-types.ts';
import { asJson } from '#gates/files/upload-record.ts';
import type { UploadRecord } from '#gates/files/upload-record.ts';

/** Largest file; also the announced limit of uploads. */
export const FILE_BYTES_MAX = 16 * 2 ** 40;
/** In-order bytes after which the part is synced while more comes in: at most this much is sent again after a power cut. */
const SYNC_EVERY_BYTES = 2 ** 30;

export type Finished = Digest & { readonly sizeBytes: number };

export class RecordedWrite implements WriteHandle {
  readonly upload: UploadId;
  readonly offset: number;
  readonly #ports: FilePorts;
  readonly #part: PartFile;
  readonly #release: () => void;
  #extents: Extents;
  readonly #openedAt: number;
  #act: FileAct;
  #record: UploadRecord;
  /** Set when written bytes were written over: hashing starts again at the end instead of on every overwrite. */
  #rewritten = false;
  #bytes = 0;
  #syncedTo: number;
  #syncing: Promise<void> | undefined;
  #ended: 'pausing' | 'finishing' | 'dropping' | undefined;

  /** Takes over `part` and the claim that `release` gives up; the opening is recorded already. */
  constructor(
    ports: FilePorts,
    act: FileAct,
    record: UploadRecord,
    part: PartFile,
    offset: number,
    release: () => void,
  ) {
    this.#ports = ports;
    this.#act = act;
    this.#record = record;
    this.#part = part;
    this.#release = release;
    this.#extents = new Extents(offset);
    this.#openedAt = ports.clock.monotonic();
    this.#syncedTo = offset;
    this.upload = record.upload;
    this.offset = offset;
    part.follow(offset);
  }

  writeSync(bytes: Uint8Array, position: number): void {
    const end = position + bytes.byteLength;
    this.#check(position, end);
    this.#part.writeSync([bytes], position);
    this.#account(position, end);
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.writeMany([bytes], position);
  }

  async writeMany(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const end = chunks.reduce((sum, chunk) => sum + chunk.byteLength, position);
    this.#check(position, end);
    await this.#part.write(chunks, position);
    this.#account(position, end);
  }

  /** A later try begins here at the latest, whatever happens to the machine. */
  async sync(): Promise<void> {
    const to = this.#extents.whole;
    await this.#part.sync();
    if (this.#ended === undefined) await this.#note({ offset: to });
    this.#syncedTo = Math.max(this.#syncedTo, to);
  }

  async finish(): Promise<Outcome<Finished>> {
    const again = stillPermitted(this.#ports, this.#act);
    if (isRefused(again)) {
      await this.pause();
      return again;
    }
    this.#act = again.value;
    const incomplete = this.#incomplete();
    if (incomplete !== undefined) {
      await this.pause();
      return incomplete;
    }
    this.#end('finishing');
    try {
      return await this.#finish();
    } finally {
      await this.#letGo();
    }
  }

  async pause(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#end('pausing');
    try {
      await this.#syncing;
      await this.#part.sync();
      await this.#note({ offset: this.#extents.whole, ordered: this.#record.ordered });
    } finally {
      await this.#setDown();
      await this.#ports.engine.record([this.#closing()]);
    }
  }

  async pauseAt(offset: number): Promise<void> {
    if (this.#ended !== undefined) return;
    await this.#syncing;
    this.#part.truncate(Math.min(offset, this.#extents.whole));
    this.#extents = new Extents(Math.min(offset, this.#extents.whole));
    await this.pause();
  }

  async drop(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#end('dropping');
    try {
      const dropped = draft(this.#act, 'upload.dropped', {
        gate: this.#act.actor.gate,
        upload: this.upload,
        bytes: this.#extents.whole,
      });
      await this.#ports.engine.record([this.#closing(), dropped]);
    } finally {
      await this.#letGo();
    }
    this.#act.workspace.discard('parts', this.upload);
  }

  async #finish(): Promise<Outcome<Finished>> {
    await this.#syncing;
    await this.#part.sync();
    const sizeBytes = this.#extents.whole;
    if (this.#rewritten) this.#part.forget(0);
    const digest = await this.#part.digest(sizeBytes);
    const closing = this.#closing(digest);
    if (!isUnfinishedName(this.#act.place.at(-1) ?? '')) {
      return accept(this.#ports, this.#act, this.#record, this.#part, { ...digest, sizeBytes }, [closing]);
    }
    await this.#note({ stage: 'whole', offset: sizeBytes });
    await this.#ports.engine.record([closing]);
    return ok({ ...digest, sizeBytes });
  }

  #incomplete(): Outcome<never> | undefined {
    const { sizeBytes } = this.#record;
    if (this.#extents.isGapless && (sizeBytes === undefined || sizeBytes === this.#extents.whole)) return undefined;
    return refused('incomplete', 'Bytes of this file are missing.', 'Resume the upload.') as Outcome<never>;
  }

  #check(position: number, end: number): void {
    if (this.#ended !== undefined) throw new Fault('closed', 'The upload was closed.');
    if (position < 0 || end > (this.#record.sizeBytes ?? FILE_BYTES_MAX))
      throw new Fault('too-large', 'More bytes than the upload announced.');
    const { clock, engine } = this.#ports;
    if (clock.now() >= this.#act.until || clock.monotonic() >= engine.lease()) this.#askAgain();
    if (position !== this.#extents.whole && this.#record.ordered) this.#unorder();
  }

  #askAgain(): void {
    const again = stillPermitted(this.#ports, this.#act);
    if (isRefused(again)) throw new Fault('access-ended', again.message);
    this.#act = again.value;
  }

  /** From here on the part's size says nothing about what it holds; that must be known before the bytes are there. */
  #unorder(): void {
    this.#record = { ...this.#record, ordered: false, offset: this.#syncedTo };
    this.#act.workspace.note('parts', this.upload, asJson(this.#record));
  }

  #account(position: number, end: number): void {
    if (position < this.#extents.whole && end > position) this.#rewritten = true;
    if (!this.#extents.add(position, end))
      throw new Fault('too-scattered', 'The file arrives in too many separate pieces.');
    this.#bytes += end - position;
    if (!this.#rewritten) this.#part.follow(this.#extents.whole);
    if (this.#extents.whole - this.#syncedTo >= SYNC_EVERY_BYTES && this.#syncing === undefined)
      this.#syncing = this.#syncOnTheWay();
  }

  /** A failure shows again, and is reported, when the upload is paused or finished. */
  async #syncOnTheWay(): Promise<void> {
    const to = this.#extents.whole;
    try {
      await this.#part.sync();
      if (this.#ended === undefined) await this.#note({ offset: to });
      this.#syncedTo = to;
    } catch {
      this.#syncedTo = to;
    } finally {
      this.#syncing = undefined;
    }
  }

  #closing(digest?: Digest) {
    const ms = Math.round(this.#ports.clock.monotonic() - this.#openedAt);
    return draft(this.#act, 'file.write-closed', {
      gate: this.#act.actor.gate,
      upload: this.upload,
      offset: this.#extents.whole,
      bytes: this.#bytes,
      ms,
      ...digest,
    });
  }

  async #note(change: Partial<UploadRecord>): Promise<void> {
    this.#record = {
      ...this.#record,
      ...change,
      bootId: this.#ports.workspaces.bootId,
      touchedAt: this.#ports.clock.now(),
    };
    await this.#act.workspace.noteDurably('parts', this.upload, asJson(this.#record));
  }

  #end(how: 'pausing' | 'finishing' | 'dropping'): void {
    if (this.#ended !== undefined) throw new Fault('closed', 'The upload was closed.');
    this.#ended = how;
  }

  /** For the next request of the same upload, unless what is hashed so far was written over. */
  async #setDown(): Promise<void> {
    if (this.#rewritten) return this.#letGo();
    this.#part.park();
    this.#release();
  }

  async #letGo(): Promise<void> {
    await this.#part.close();
    this.#release();
  }
}
