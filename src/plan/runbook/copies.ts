/** Where the copies are, how far behind each is now, until when nobody can remove them. */
import { day, minute } from './first-minutes.ts';
import { bytesText, spanText } from './quantities.ts';
import type { RunbookFacts } from './facts.ts';
import type { RunbookSection } from './runbook.ts';
import { isPulled, vaultsWith } from '#model/backup-facts.ts';
import type { Backup, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { snapshotsOf, takenAt } from '#plan/backup/choose-snapshot.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

const STRENGTH: Readonly<Record<Vault['locks'], string>> = {
  service: 'the service’s own user can undo a lock',
  root: 'root of the vault’s machine can undo a lock',
  governance: 'an account with a special right can undo a lock',
  nobody: 'nobody can undo a lock',
};

export function copiesSection(state: State, facts: RunbookFacts, only?: ProjectId): RunbookSection {
  const vaults = [...state.backups.vaults.values()].filter(({ standing }) => standing === 'in-use');
  return {
    title: 'Where the copies are now',
    says: vaults.map((vault) => vaultSays(vault, facts)),
    rows: {
      header: ['project', 'copy', 'snapshot of', 'behind', 'locked until', 'size', 'clean'],
      rows: projectsOf(state, only).flatMap((project) => vaults.flatMap(({ id }) => row(state, facts, project, id))),
    },
    steps: [],
  };
}

export function projectsOf(state: State, only?: ProjectId): readonly ProjectId[] {
  const ids = new Set([...state.backups.policies.values()].map(({ project }) => project));
  return [...ids].filter((id) => only === undefined || id === only);
}

function vaultSays({ id, name, nature, address, locks, lockDays, clockDoubt }: Vault, facts: RunbookFacts): string {
  const copy = facts.facilityCopies.find(({ vault }) => vault === id);
  const kept =
    copy === undefined
      ? isPulled({ nature, address })
        ? 'fills itself, and whether it holds the facility itself was NOT SEEN from here'
        : 'holds NO copy of the facility itself'
      : `holds the facility itself as of ${minute(copy.at)} (snapshot ${copy.snapshot.slice(0, 12)}, ${bytesText(copy.bytes)})`;
  const doubt = clockDoubt === undefined ? '' : ` Its clock is doubted: ${clockDoubt}.`;
  return `${name} (${nature}, ${address}) locks for ${lockDays} days; ${STRENGTH[locks]}; ${kept}.${doubt}`;
}

/** The newest snapshot of a project that this vault holds. */
export function newestIn(state: State, project: ProjectId, vault: VaultId): Backup | undefined {
  return snapshotsOf(state, { project }).find((one) => holdsIt(one, vault));
}

export function holdsIt(backup: Backup, vault: VaultId): boolean {
  return vaultsWith(backup).includes(vault);
}

function row(state: State, { at }: RunbookFacts, project: ProjectId, vault: VaultId): readonly (readonly string[])[] {
  const alias = state.projects.get(project)?.alias ?? project;
  const name = state.backups.vaults.get(vault)?.name ?? vault;
  const newest = newestIn(state, project, vault);
  if (newest?.taken === undefined) return [[alias, name, 'NONE', '', '', '', '']];
  const lockedUntil = newest.copies.find((copy) => copy.vault === vault)?.lockedUntil;
  const { bytes, snapshot } = newest.taken;
  const locked = lockedUntil === undefined ? 'not told' : day(lockedUntil);
  const behind = spanText(at - takenAt(newest));
  return [
    [
      alias,
      name,
      `${minute(takenAt(newest))} (${snapshot.slice(0, 12)})`,
      behind,
      locked,
      bytesText(bytes),
      newest.suspect ? 'SUSPECT' : 'yes',
    ],
  ];
}
