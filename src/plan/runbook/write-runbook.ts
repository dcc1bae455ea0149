/** The runbook of a facility as it is now: what was lost, who decides, where the copies are, in which order what comes back, and the commands. */
import { copiesSection, projectsOf } from './copies.ts';
import { firstSections } from './first-minutes.ts';
import { facilitySection, projectSections } from './bring-back.ts';
import type { RunbookFacts } from './facts.ts';
import type { Runbook, RunbookSection } from './runbook.ts';
import { standingFirst } from './standing-first.ts';
import { quoted } from './way-in.ts';
import type { State } from '#model/state.ts';
import type { ProjectId } from '#std/ids.ts';

/** Of everything, or of one project. */
export function writeRunbook(state: State, facts: RunbookFacts, project?: ProjectId): Runbook {
  const name = state.facility?.name ?? 'This facility';
  return {
    title: `${name}: how to bring it back`,
    at: facts.at,
    sections: [
      ...firstSections(state, facts),
      copiesSection(state, facts, project),
      ...(project === undefined ? [facilitySection(state, facts), standingFirst(state)] : []),
      ...projectSections(state, facts, project),
      afterwards(state, facts, project),
    ],
  };
}

/** Where `start` lets people in when it is not told otherwise. */
const PORTAL = 'http://127.0.0.1:8080';

function afterwards(state: State, facts: RunbookFacts, only?: ProjectId): RunbookSection {
  const aliases = projectsOf(state, only).map((project) => state.projects.get(project)?.alias ?? project);
  return {
    title: 'Before people are let in again',
    says: [],
    steps: [
      {
        title: 'Prove that what came back is clean',
        says: [
          'Settle every open alarm with its reason, and look at what changed since the snapshot.',
          'After an attack change every password and key: repository passwords, vault credentials, SSH keys, people’s credentials.',
        ],
        commands: [`picturelock verify ${quoted(facts.data)}`, `picturelock self-test ${PORTAL}`],
        provenAt: null,
        byPeople: true,
      },
      {
        title: 'Roll forward',
        says: [
          'What was made after the newest snapshot is in no backup.',
          'Ask the artists for local caches, look at the camera drives for essence, ask the clients for deliveries.',
        ],
        commands: [],
        provenAt: null,
        byPeople: true,
      },
      {
        title: 'Tell who has to know',
        says: [
          'Content owners as their contracts say, often within 24 hours of knowing; the insurer; TPN where an assessment is affected.',
          'Where people’s data was read: the data protection authority, within 72 hours.',
          'Export the evidence bundle of each project concerned: it shows what was done and when.',
        ],
        commands: aliases.map((alias) => `picturelock --data ${quoted(facts.data)} bundle --project ${quoted(alias)}`),
        provenAt: null,
        byPeople: true,
      },
    ],
  };
}
