/** What is known of an upload beside its bytes: a small record in the hidden area, so that it outlives connection and process. */
import { z } from 'zod';
import { gate, hash, id, path, time, xxh64 } from '#model/events.ts';
import { BIN_DAYS, DAY_MS } from '#model/limits.ts';
import type { FileActor } from '#ports/files.ts';
import type { Workspace } from '#ports/workspace.ts';
import type { Json } from '#std/canonical.ts';
import { isId } from '#std/ids.ts';
import type { PersonId, UploadId } from '#std/ids.ts';

/** An upload that nobody touched for this long is dropped. */
export const UPLOAD_KEPT_MS = 7 * 24 * 60 * 60 * 1000;
export const NOTE_CHARS_MAX = 8192;

const uploadRecord = z.strictObject({
  v: z.literal(1),
  upload: id('upload'),
  path,
  person: id('person'),
  gate,
  session: id('session'),
  engagement: id('engagement').optional(),
  from: z.string().max(64).optional(),
  /** Total announced beforehand. */
  sizeBytes: z.int().min(0).optional(),
  /** Bytes from the beginning that are synced. */
  offset: z.int().min(0),
  /** False once bytes were written anywhere but at the end: then the size of the part says nothing. */
  ordered: z.boolean(),
  bootId: z.string().max(64),
  note: z.string().max(NOTE_CHARS_MAX),
  replace: z.boolean(),
  createdAt: time,
  touchedAt: time,
  /**
   * `held`: bytes on their way. `whole`: complete under a client's name for unfinished files, waits for its rename. `accepting`: being given its
   * final name; after a crash the next start finds out whether that took place.
   */
  stage: z.enum(['held', 'whole', 'accepting']),
  accepted: z
    .strictObject({ tag: z.string().max(80), sizeBytes: z.int().min(0), sha256: hash, xxh64, type: z.string().max(40) })
    .optional(),
});
export type UploadRecord = z.infer<typeof uploadRecord>;

const asideRecord = z.strictObject({
  v: z.literal(1),
  upload: id('upload'),
  path,
  why: z.string().max(200),
  at: time,
  by: id('person'),
  sizeBytes: z.int().min(0),
  keptUntil: time.optional(), // absent in what an earlier release set aside
});
export type AsideRecord = z.infer<typeof asideRecord> & { readonly keptUntil: number };

const binRecord = z.strictObject({
  v: z.literal(1),
  id: id('binned'),
  path,
  sizeBytes: z.int().min(0),
  binnedAt: time,
  by: id('person'),
  keptUntil: time,
});
export type BinRecord = z.infer<typeof binRecord>;

export function freshRecord(
  upload: UploadId,
  actor: FileActor,
  of: {
    readonly path: string;
    readonly sizeBytes: number | undefined;
    readonly note: string;
    readonly replace: boolean;
    readonly at: number;
    readonly bootId: string;
  },
): UploadRecord {
  const { person, gate: through, session, from } = actor;
  return {
    v: 1,
    upload,
    path: of.path,
    person,
    gate: through,
    session,
    ...(from !== undefined && { from }),
    ...(of.sizeBytes !== undefined && { sizeBytes: of.sizeBytes }),
    offset: 0,
    ordered: true,
    bootId: of.bootId,
    note: of.note,
    replace: of.replace,
    createdAt: of.at,
    touchedAt: of.at,
    stage: 'held',
  };
}

/** Undefined when there is none, or none that can be read. */
export function readUpload(workspace: Workspace, upload: UploadId): UploadRecord | undefined {
  const parsed = uploadRecord.safeParse(workspace.noted('parts', upload));
  return parsed.success && parsed.data.upload === upload ? parsed.data : undefined;
}

export function listUploads(workspace: Workspace): readonly UploadRecord[] {
  return workspace.listNoted('parts').flatMap(({ id: name, record }) => {
    const parsed = uploadRecord.safeParse(record);
    return parsed.success && parsed.data.upload === name ? [parsed.data] : [];
  });
}

/** The newest upload of this person to this path. */
export function findUpload(workspace: Workspace, person: PersonId, place: string): UploadRecord | undefined {
  return listUploads(workspace)
    .filter((record) => record.person === person && record.path === place)
    .reduce<UploadRecord | undefined>(
      (newest, record) => (newest === undefined || record.touchedAt > newest.touchedAt ? record : newest),
      undefined,
    );
}

/**
 * Bytes that are safely there. While the machine stays up the part's own size counts, for the kernel keeps what a dead process wrote; after
 * it went down, only what was synced.
 */
export function heldBytes(record: UploadRecord, partBytes: number, bootId: string): number {
  return record.ordered && record.bootId === bootId ? partBytes : Math.min(record.offset, partBytes);
}

export function listAside(workspace: Workspace): readonly AsideRecord[] {
  return workspace.listNoted('aside').flatMap(({ record }) => {
    const parsed = asideRecord.safeParse(record);
    if (!parsed.success) return [];
    const { keptUntil = parsed.data.at + BIN_DAYS * DAY_MS } = parsed.data;
    return [{ ...parsed.data, keptUntil }];
  });
}

export function listBinRecords(workspace: Workspace): readonly BinRecord[] {
  return workspace.listNoted('bin').flatMap(({ id: name, record }) => {
    const parsed = binRecord.safeParse(record);
    return parsed.success && isId('binned', name) && parsed.data.id === name ? [parsed.data] : [];
  });
}

/** Records hold nothing but JSON; `undefined` members are left out on writing. */
export function asJson(record: UploadRecord | AsideRecord | BinRecord): Json {
  return record as Json; // every member of the schemas above is JSON
}
