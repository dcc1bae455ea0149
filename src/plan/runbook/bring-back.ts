/** The commands: for the facility itself, then for each project, each time with our tool and with stock restic, which needs nothing of ours. */
import { projectsOf } from './copies.ts';
import { expectedSecondText, expectedText, measuredOurs, measuredSecond } from './expected-time.ts';
import { minute } from './first-minutes.ts';
import { spanText } from './quantities.ts';
import type { Measured, RepositoryFact, RunbookFacts } from './facts.ts';
import type { RunbookSection, RunbookStep } from './runbook.ts';
import { ourWayIn, quoted, stockRestore } from './way-in.ts';
import { offeredFrom } from './which-snapshot.ts';
import type { Backup, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

export function facilitySection(state: State, facts: RunbookFacts): RunbookSection {
  const vaults = [...state.backups.vaults.values()].filter(({ standing }) => standing === 'in-use');
  return {
    title: 'The facility itself',
    says: [
      `On a machine with Node 26 and this program (version ${facts.version}). Order: the facility, then network and storage, then projects.`,
      `It is put where it was, at ${facts.data}, which must be empty. Another place will do: then write it in its stead everywhere below.`,
      'The ledger ends where the copy ends; what was recorded later is lost to it. Keep the old disk for whoever has to prove more.',
    ],
    steps: [
      ...vaults.flatMap((vault) => facilitySteps(vault, facts)),
      {
        title: 'Verify it',
        says: ['The ledger is checked against the checkpoint that it signed; it does not start when they differ.'],
        commands: [`picturelock verify ${quoted(facts.data)}`],
        provenAt: newestOf(facts),
      },
      {
        title: 'Let people in',
        says: ['They sign in with the keys that they have; what was ended stays ended.'],
        commands: [`picturelock start --data ${quoted(facts.data)}`],
        provenAt: null,
      },
    ],
  };
}

/** A drill recomputes the ledger of what it brought back. */
function newestOf({ facilityDrills }: RunbookFacts): number | null {
  const times = [...facilityDrills.values()].flatMap(({ heldAt }) => heldAt ?? []);
  return times.length === 0 ? null : Math.max(...times);
}

function facilitySteps({ id, name }: Vault, facts: RunbookFacts): readonly RunbookStep[] {
  const copy = facts.facilityCopies.find(({ vault }) => vault === id);
  const repository = repositoryOf(facts, id, 'facility');
  if (repository === undefined || (copy === undefined && !repository.address.startsWith('rest:'))) return [];
  const proven = facts.facilityDrills.get(id);
  const data = quoted(facts.data);
  const says = (expected: typeof expectedText, measured: Measured | undefined): readonly string[] => [
    copy === undefined
      ? `It fills itself from another vault; what it holds ${unseen(repository)}. Its newest copy is taken.`
      : `As of ${minute(copy.at)}, ${expected(copy.bytes, measured)}.`,
    ...needed(repository),
  ];
  const ours = copy === undefined ? '' : ` --snapshot ${copy.snapshot.slice(0, 12)}`;
  const snapshot = copy?.snapshot.slice(0, 12) ?? 'latest --tag facility';
  const target = `${id}-facility`;
  return [
    {
      title: `Ledger, checkpoints and keys from ${name}`,
      says: says(expectedText, proven?.took),
      commands: [
        `picturelock --data ${data} backup restore-facility ${ourWayIn(repository, '')} --password-file facility.password${ours}`,
      ],
      provenAt: proven?.heldAt ?? null,
    },
    {
      title: `The same with stock restic, from ${name}`,
      says: says(expectedSecondText, proven?.secondTook),
      commands: [
        ...stockRestore(repository, '', { passwordFile: 'facility.password', snapshot, target }),
        `mkdir -p ${data}`,
        `cp -a "$(dirname "$(find ${target} -name RUNBOOK.txt)")/." ${data}/`,
      ],
      provenAt: proven?.secondAt ?? null,
    },
  ];
}

/** Why no drill has read it. */
function unseen({ isHeld, client }: RepositoryFact): string {
  if (isHeld === true || client !== undefined) return 'was not seen from here yet';
  return 'cannot be read from here, so no drill has: have “vault client token” make one there, and put it into keys/backup';
}

/** What lies where one works: out of the sheets, or made anew. */
function needed({ credential, ca, client, address }: RepositoryFact): readonly string[] {
  if (credential === undefined) return [];
  const files = [credential, ca, client?.cert, client?.key].filter((file) => file !== undefined).join(', ');
  const anew = address.startsWith('s3:')
    ? 'Lost: the account’s owner makes a new key pair that may list and read; ACCESS-KEY:SECRET-KEY on the first line, region=… on the second.'
    : `Lost or refused: at the vault “vault client token” gives a new one (its certificate lies there, too); NAME:TOKEN on one line, the NAME of ${address}.`;
  return [`It asks for ${files}, here beside the password: the sheets of shares hold them.`, anew];
}

export function projectSections(state: State, facts: RunbookFacts, only?: ProjectId): readonly RunbookSection[] {
  return inOrder(state, projectsOf(state, only)).map((project, index) => {
    const { alias = project, level = 'standard' } = state.projects.get(project) ?? {};
    const wanted = [...state.backups.policies.values()].find((policy) => policy.project === project);
    return {
      title: `One project: ${alias}`,
      says: [
        `Number ${index + 1} in the order (what is wanted back soonest comes first), ${level}.`,
        `Wanted: at most ${spanText(wanted?.rpoMs ?? 0)} of work lost, back within ${spanText(wanted?.rtoMs ?? 0)}.`,
        'One command brings all of it, to a place that is empty or absent; choose one of the copies.',
      ],
      steps: [...state.backups.vaults.values()]
        .filter(({ standing }) => standing === 'in-use')
        .flatMap((vault) => projectSteps(state, facts, project, vault)),
    };
  });
}

/** What is wanted back soonest comes first. */
function inOrder({ backups }: State, projects: readonly ProjectId[]): readonly ProjectId[] {
  const soonest = (project: ProjectId): number =>
    Math.min(...[...backups.policies.values()].filter((one) => one.project === project).map(({ rtoMs }) => rtoMs));
  return projects.toSorted((a, b) => soonest(a) - soonest(b) || (a < b ? -1 : 1));
}

function projectSteps(state: State, facts: RunbookFacts, project: ProjectId, vault: Vault): readonly RunbookStep[] {
  const offered = offeredFrom(state, project, vault.id);
  const repository = repositoryOf(facts, vault.id, project);
  if (offered === undefined || repository === undefined) return [];
  const { backup, name, warns } = offered;
  const { snapshot = '', bytes = 0 } = backup.taken ?? {};
  const id = snapshot.slice(0, 12);
  const proven = lastGood(state, vault.id, backup.policy);
  const [ours, second] = [measuredOurs(state, vault.id, project), measuredSecond(state, vault.id, project)];
  const [data, keys, target] = [quoted(facts.data), `${facts.data}/keys/backup/`, `${vault.id}-${project}`];
  return [
    {
      title: `From ${vault.name}, with our tool`,
      says: [`${name}, ${expectedText(bytes, ours)}.`, ...warns],
      commands: [
        `picturelock --data ${data} backup restore-project ${project} ${ourWayIn(repository, keys)} --snapshot ${id}`,
      ],
      provenAt: proven.ours,
    },
    {
      title: `From ${vault.name}, with stock restic`,
      says: [`${name}, ${expectedSecondText(bytes, second)}.`, ...warns],
      commands: [
        ...stockRestore(repository, keys, { passwordFile: `${keys}${project}.password`, snapshot: id, target }),
        `mkdir -p ${quoted(`${facts.data}/workspaces`)}`,
        `mv -T "$(find ${target} -type d -name ${project} -prune | head -n 1)" ${quoted(`${facts.data}/workspaces/${project}`)}`,
      ],
      provenAt: proven.second,
    },
  ];
}

/** When a drill of this policy from this vault last held, and when one last held that the second tool had its share of. */
function lastGood({ backups }: State, vault: VaultId, policy: Backup['policy']) {
  const held = [...backups.drills.values()]
    .filter((drill) => drill.vault === vault && drill.policy === policy)
    .flatMap(({ result }) => (result?.held === true ? [result] : []))
    .sort((a, b) => b.finishedAt - a.finishedAt);
  const second = held.find((result) => result.second?.failed === 0);
  return { ours: held[0]?.finishedAt ?? null, second: second?.finishedAt ?? null };
}

function repositoryOf(
  { repositories }: RunbookFacts,
  vault: VaultId,
  repository: ProjectId | 'facility',
): RepositoryFact | undefined {
  return repositories.find((one) => one.vault === vault && one.repository === repository);
}
