/** The runbook from the state of this moment and the facts that this machine knows. */
import { hash } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import { readEscrow, readFacilityCopies, readFacilityDrills } from './notes.ts';
import { placeIn, resticAddress } from './repository-place.ts';
import { credentialFile, tlsFile } from './repository-keys.ts';
import type { RepositoryName } from './repository-keys.ts';
import { VERSION } from '#host/process/version.ts';
import type { Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { present } from '#model/transition.ts';
import type { ProvenFact, RepositoryFact, RunbookFacts } from '#plan/runbook/facts.ts';
import { renderHtml } from '#plan/runbook/render-html.ts';
import { renderText } from '#plan/runbook/render-text.ts';
import { neverProven, stepsOf } from '#plan/runbook/runbook.ts';
import { writeRunbook } from '#plan/runbook/write-runbook.ts';
import type { WrittenRunbook } from '#ports/backups.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import type { ProjectId } from '#std/ids.ts';

export interface BackupDeskParts {
  readonly data: string;
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly keys: SubjectKeys;
}

export async function currentRunbook(parts: BackupDeskParts, project?: ProjectId): Promise<WrittenRunbook> {
  const state = parts.engine.state();
  const runbook = writeRunbook(state, gatherFacts(parts, state), project);
  const text = renderText(runbook);
  const sha256 = hash('sha256', text, 'hex');
  const [steps, unproven] = [stepsOf(runbook).length, neverProven(runbook)];
  return { sha256, text, html: renderHtml(runbook, sha256), steps, neverProven: unproven };
}

function gatherFacts({ data, clock, keys }: BackupDeskParts, state: State): RunbookFacts {
  const escrow = readEscrow(data);
  return {
    at: clock.now(),
    version: VERSION,
    data: resolve(data),
    host: hostname(),
    repositories: repositories(data, state),
    facilityCopies: readFacilityCopies(data),
    facilityDrills: new Map(
      readFacilityDrills(data).map(({ vault, heldAt, secondAt, took, secondTook }) => [
        vault,
        present<ProvenFact>({ heldAt, secondAt, took, secondTook }),
      ]),
    ),
    nameOf(id) {
      const name = state.people.get(id)?.name;
      return (name === undefined ? undefined : keys.unseal(name)) ?? id;
    },
    ...(escrow === undefined ? {} : { escrow: present<NonNullable<RunbookFacts['escrow']>>(escrow) }),
  };
}

function repositories(data: string, state: State): readonly RepositoryFact[] {
  const projects = new Set([...state.backups.policies.values()].map(({ project }) => project));
  const names: readonly RepositoryName[] = ['facility', ...projects];
  return [...state.backups.vaults.values()].flatMap((vault) =>
    names.map((repository) => ({ vault: vault.id, repository, ...wayIn(data, vault, repository) })),
  );
}

/** The files are named also where they are not there yet: whoever needs the copy has to make them. */
function wayIn(
  data: string,
  vault: Vault,
  repository: RepositoryName,
): Pick<RepositoryFact, 'address' | 'credential' | 'isHeld' | 'ca' | 'client'> {
  const { id, address } = vault;
  if (!/^(file|s3|https?):/.test(address)) return { address };
  if (address.startsWith('file:')) return { address: resticAddress(placeIn(data, vault, repository)) };
  const known = credentialFile(data, id, repository);
  const credential = known === undefined ? `${id}.credential` : basename(known);
  const isBare = known === undefined && address.startsWith('s3:');
  const named = isBare
    ? `${address.replace(/\/+$/, '')}/${repository}`
    : resticAddress(placeIn(data, vault, repository));
  const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((what) => tlsFile(data, id, what));
  return {
    address: named,
    credential,
    isHeld: known !== undefined,
    ...(ca === undefined ? {} : { ca: basename(ca) }),
    ...(cert === undefined || key === undefined ? {} : { client: { cert: basename(cert), key: basename(key) } }),
  };
}
