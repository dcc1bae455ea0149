/** The commands: for the facility itself, then for each project, each time with our tool and with stock restic, which needs nothing of ours. */
import { holdsIt, newestIn, projectsOf } from './copies.ts';
import { minute } from './first-minutes.ts';
import { bytesText, spanText } from './quantities.ts';
import type { RunbookFacts } from './facts.ts';
import type { RunbookSection, RunbookStep } from './runbook.ts';
import type { Backup, Drill, State, Vault } from '#model/state.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

const NEW_DATA = '/srv/picturelock';

export function facilitySection(state: State, facts: RunbookFacts): RunbookSection {
  const vaults = [...state.backups.vaults.values()].filter(({ standing }) => standing === 'in-use');
  return {
    title: 'The facility itself',
    says: [
      `On a machine with Node 26 and this program (version ${facts.version}). Order: the facility, then network and storage, then projects.`,
      'The ledger ends where the copy ends; what was recorded later is lost to it. Keep the old disk for whoever has to prove more.',
    ],
    steps: [
      ...vaults.flatMap((vault) => facilitySteps(vault, facts)),
      {
        title: 'Verify it',
        says: ['The ledger is checked against the checkpoint that it signed; it does not start when they differ.'],
        commands: [`picturelock verify ${NEW_DATA}`],
        provenAt: newestOf(facts),
      },
      {
        title: 'Let people in',
        says: ['They sign in with the keys that they have; what was ended stays ended.'],
        commands: [`picturelock start --data ${NEW_DATA}`],
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
  const address = addressOf(facts, id, 'facility');
  if (copy === undefined || address === undefined) return [];
  const proven = facts.facilityDrills.get(id);
  const asWhat = `As of ${minute(copy.at)}, ${bytesText(copy.bytes)}.`;
  return [
    {
      title: `Ledger, checkpoints and keys from ${name}`,
      says: [asWhat],
      commands: [
        `picturelock --data ${NEW_DATA} backup restore-facility --repository ${address} --password-file facility.password`,
      ],
      provenAt: proven?.heldAt ?? null,
    },
    {
      title: `The same with stock restic, from ${name}`,
      says: [`${asWhat} Then move what is in the folder “facility” to ${NEW_DATA}.`],
      commands: [
        `restic -r ${address} --password-file facility.password restore ${copy.snapshot.slice(0, 12)} --target /srv/restored`,
      ],
      provenAt: proven?.secondAt ?? null,
    },
  ];
}

export function projectSections(state: State, facts: RunbookFacts, only?: ProjectId): readonly RunbookSection[] {
  return inOrder(state, projectsOf(state, only)).map((project, index) => {
    const { alias = project, level = 'standard' } = state.projects.get(project) ?? {};
    const wanted = [...state.backups.policies.values()].find((policy) => policy.project === project);
    return {
      title: `One project: ${alias}`,
      says: [
        `Number ${index + 1} in the order, ${level}.`,
        `Wanted: at most ${spanText(wanted?.rpoMs ?? 0)} of work lost, back within ${spanText(wanted?.rtoMs ?? 0)}.`,
        'Project files and sidecars first (project/), then deliveries, then essence (media/): people can work while essence still comes.',
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
  const newest = newestIn(state, project, vault.id);
  const address = addressOf(facts, vault.id, project);
  if (newest?.taken === undefined || address === undefined) return [];
  const clean = snapshotsOf(state, { project, clean: true }).find((one) => holdsIt(one, vault.id)) ?? newest;
  const { snapshot = '', bytes = 0 } = clean.taken ?? {};
  const id = snapshot.slice(0, 12);
  const drill = lastGood(state, vault.id, clean.policy);
  const says = [
    `${clean === newest ? 'The newest snapshot' : 'The newest CLEAN snapshot'}, ${expected(facts, vault.id, bytes)}.`,
  ];
  const password = `--password-file keys/backup/${project}.password`;
  return [
    {
      title: `From ${vault.name}, with our tool`,
      says,
      commands: [
        `picturelock --data ${NEW_DATA} backup restore-project ${project} --repository ${address} --snapshot ${id}`,
      ],
      provenAt: drill?.result?.finishedAt ?? null,
    },
    {
      title: `From ${vault.name}, with stock restic`,
      says,
      commands: [`restic -r ${address} ${password} restore ${id} --target /srv/restored`],
      provenAt: drill?.result?.second === undefined ? null : drill.result.finishedAt,
    },
  ];
}

function lastGood({ backups }: State, vault: VaultId, policy: Backup['policy']): Drill | undefined {
  return [...backups.drills.values()]
    .filter((drill) => drill.vault === vault && drill.policy === policy && drill.result?.held === true)
    .sort((a, b) => (a.result?.finishedAt ?? 0) - (b.result?.finishedAt ?? 0))
    .at(-1);
}

function expected({ rates }: RunbookFacts, vault: VaultId, bytes: number): string {
  const rate = rates.get(vault);
  if (rate === undefined || rate === 0) return `${bytesText(bytes)}; how long it takes was never measured`;
  return `${bytesText(bytes)}, about ${spanText((bytes / rate) * 1000)} at the rate that was last measured (${bytesText(rate)}/s)`;
}

function addressOf(facts: RunbookFacts, vault: VaultId, repository: ProjectId | 'facility'): string | undefined {
  return facts.repositories.find((one) => one.vault === vault && one.repository === repository)?.address;
}
