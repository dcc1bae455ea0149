/**
 * Destroys what opens a project's backups, and writes a certificate of it before: the password of its repository and every credential that leads to it.
 * What it can't reach are the copies of the facility from before, which hold the same files; the certificate says so. After a crash it is done again,
 * with the certificate that is there; nothing is recorded before the files are gone.
 */
import { hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readFacilityCopies } from './notes.ts';
import { isKeyOf, keysFolder } from './repository-keys.ts';
import type { CommandOf } from '#model/commands.ts';
import type { Closing } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';
import type { ProjectId } from '#std/ids.ts';
import { Fault, ok, refused } from '#std/refused.ts';
import type { Outcome } from '#std/refused.ts';

export function certificateFile(data: string, project: ProjectId): string {
  return join(data, 'certificates', `${project}.json`);
}

export function destroyKeys(
  { data, state, at }: { readonly data: string; readonly state: State; readonly at: number },
  closing: Closing,
): CommandOf<'destroy-backup-keys'> {
  const { project } = closing;
  const path = certificateFile(data, project);
  if (!existsSync(path)) writeDurably(path, certificate(data, state, closing, at));
  const text = readFileSync(path, 'utf8');
  for (const name of keyFiles(data, project)) rmSync(join(keysFolder(data), name));
  syncFolder(keysFolder(data));
  const left = keyFiles(data, project);
  if (left.length > 0) throw new Fault('keys-left', `these keys are still there: ${left.join(', ')}`, { retry: true });
  const { destroyed } = JSON.parse(text) as { readonly destroyed: readonly unknown[] }; // written by `certificate`
  return {
    kind: 'destroy-backup-keys',
    project,
    objects: destroyed.length,
    certificateSha256: hash('sha256', text, 'hex'),
  };
}

export function readCertificate(data: string, project: ProjectId): Outcome<string> {
  const path = certificateFile(data, project);
  if (existsSync(path)) return ok(readFileSync(path, 'utf8'));
  return refused('no-certificate', 'No keys of this project were destroyed.', 'Look at how far its end has come.');
}

/** `<project>.password`, `<vault>.<project>.credential`, and what else is named after the project. */
function keyFiles(data: string, project: ProjectId): readonly string[] {
  const folder = keysFolder(data);
  return existsSync(folder) ? readdirSync(folder).filter((name) => isKeyOf(name, project)) : [];
}

/** Canonical JSON. A key file is told by its SHA-256, which says nothing about 256 random bits. */
function certificate(data: string, state: State, closing: Closing, at: number): string {
  const { project, archived, delivered, proved, asked, approved } = closing;
  const { taken, vaults } = state.backups;
  const own = [...taken.values()].filter((one) => one.project === project && one.standing !== 'running');
  const copies = own.flatMap((one) => one.copies);
  const lockedUntil = (vault: string): number =>
    Math.max(0, ...copies.filter((copy) => copy.vault === vault).map((copy) => copy.lockedUntil));
  const held = new Set([...own.map(({ vault }) => vault), ...copies.map(({ vault }) => vault)]);
  const facility = readFacilityCopies(data);
  return canonical({
    what: 'certificate of destroyed backup keys',
    project,
    alias: state.projects.get(project)?.alias ?? '',
    facility: state.facility?.name ?? '',
    at,
    delivered: delivered === undefined ? null : { to: delivered.to, at: delivered.at },
    archive: archived === undefined ? null : { snapshot: archived.snapshot, manifestSha256: archived.manifestSha256 },
    proof: proved === undefined ? null : { reportSha256: proved.reportSha256, at: proved.at },
    askedBy: asked?.by ?? null,
    approvedBy: approved?.by ?? null,
    reason: asked?.reason ?? '',
    destroyed: keyFiles(data, project).map((file) => ({
      file,
      sha256: hash('sha256', readFileSync(join(keysFolder(data), file)), 'hex'),
    })),
    /** Without a key these are noise; they stay until their locks end. */
    leftInVaults: [...held].map((vault) => ({
      vault: vaults.get(vault)?.name ?? vault,
      lockedUntil: lockedUntil(vault),
    })),
    /**
     * Copies of the facility from before hold the same key files, and a vault keeps its locks up: whoever has the password of these copies (the holders of
     * its shares) still reads the project, with no date at which that ends by itself.
     */
    keysLeftInFacilityCopies: facility.map((copy) => ({
      vault: vaults.get(copy.vault)?.name ?? copy.vault,
      newestAt: copy.at,
      openedBy: 'the password of the facility’s copies, or enough of its shares',
      until: 'these copies are removed, or that password and its shares are destroyed',
    })),
  } as unknown as Json); // strings, whole numbers, nulls and lists of them
}

function writeDurably(path: string, text: string): void {
  const folder = join(path, '..');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600, flush: true });
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
