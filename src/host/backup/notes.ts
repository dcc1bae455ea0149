/** Small things that the backup process remembers beside the ledger, one JSON file each under `backup/`: written aside and renamed. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { WorkProgress } from '#ports/backups.ts';
import { isId } from '#std/ids.ts';
import type { VaultId } from '#std/ids.ts';

const vaultId = z.custom<VaultId>((value) => isId('vault', value));

const facilityCopies = z.array(
  z.strictObject({
    vault: vaultId,
    at: z.int(),
    snapshot: z.string(),
    manifestSha256: z.string(),
    bytes: z.int(),
    files: z.int().optional(),
  }),
);
export type FacilityCopies = z.infer<typeof facilityCopies>;

const measured = z.strictObject({ bytes: z.int(), ms: z.int() });

const facilityDrills = z.array(
  z.strictObject({
    vault: vaultId,
    at: z.int(),
    /** When one last held, and when the second tool's half of it did. */
    heldAt: z.int().optional(),
    secondAt: z.int().optional(),
    /** How long these took then: all of it with our own tool, its share with the second one. */
    took: measured.optional(),
    secondTook: measured.optional(),
  }),
);
export type FacilityDrills = z.infer<typeof facilityDrills>;

const escrow = z.strictObject({ shares: z.int(), need: z.int(), at: z.int(), provenAt: z.int().optional() });
export type Escrow = z.infer<typeof escrow>;

const progress = z.array(
  z.strictObject({
    id: z.string(),
    work: z.enum(['backup', 'copy', 'drill', 'restore']),
    startedAt: z.int(),
    files: z.int(),
    doneBytes: z.number(),
    ofBytes: z.number().optional(),
    bytesPerSecond: z.number(),
    leftMs: z.number().optional(),
  }),
);

export function readFacilityCopies(data: string): FacilityCopies {
  return readNote(data, 'facility-copies', facilityCopies) ?? [];
}

export function noteFacilityCopy(data: string, copy: FacilityCopies[number]): void {
  const others = readFacilityCopies(data).filter(({ vault }) => vault !== copy.vault);
  writeNote(data, 'facility-copies', [...others, copy]);
}

export function readFacilityDrills(data: string): FacilityDrills {
  return readNote(data, 'facility-drills', facilityDrills) ?? [];
}

export function noteFacilityDrill(data: string, drill: FacilityDrills[number]): void {
  const others = readFacilityDrills(data).filter(({ vault }) => vault !== drill.vault);
  writeNote(data, 'facility-drills', [...others, drill]);
}

export function readEscrow(data: string): Escrow | undefined {
  return readNote(data, 'escrow', escrow);
}

export function noteEscrow(data: string, made: Escrow): void {
  writeNote(data, 'escrow', made);
}

export function readProgress(data: string): readonly WorkProgress[] {
  const rows = readNote(data, 'progress', progress) ?? [];
  return rows.map(({ ofBytes, leftMs, ...row }) => ({
    ...row,
    ...(ofBytes === undefined ? {} : { ofBytes }),
    ...(leftMs === undefined ? {} : { leftMs }),
  }));
}

export function noteProgress(data: string, rows: readonly WorkProgress[]): void {
  writeNote(data, 'progress', rows);
}

function readNote<T>(data: string, name: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(join(data, 'backup', `${name}.json`), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // an error of Node's file functions
    throw cause;
  }
  return schema.parse(JSON.parse(text));
}

function writeNote(data: string, name: string, value: unknown): void {
  const folder = join(data, 'backup');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.json`);
  writeFileSync(`${path}.tmp`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}
