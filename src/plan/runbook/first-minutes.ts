/** Who decides, and what kind of loss it is: the part that is read while hands shake. */
import { joinByHand, openByHand } from './by-hand.ts';
import type { RunbookFacts } from './facts.ts';
import type { RunbookSection } from './runbook.ts';
import type { Person, State } from '#model/state.ts';

/** Whom a loss concerns first. */
const CALLED = ['owner', 'engineer', 'security-lead'];

export function firstSections(state: State, facts: RunbookFacts): readonly RunbookSection[] {
  return [decisionTree, contacts(state, facts), keysSection(facts)];
}

const decisionTree: RunbookSection = {
  title: 'What happened?',
  says: [
    'Take the first line that is true.',
    'A date beside a step says when a drill brought these bytes back by the same engine, or by stock restic; NEVER PROVEN: none did.',
  ],
  rows: {
    header: ['what is lost', 'what to do'],
    rows: [
      [
        'Files or a folder, by mistake',
        'Restore them to the side: “One project”, from its first step. Nobody has to stop working.',
      ],
      [
        'Files that were encrypted or changed, or an open alarm',
        'Quarantine first, do not wipe. Then “One project” with the newest clean snapshot.',
      ],
      [
        'The storage, with the server alive',
        'Mount new storage at the same place, then “One project” for each, in the order below.',
      ],
      ['The server, with the vault in the house alive', '“The facility itself”, from that vault; then each project.'],
      ['The house', '“The facility itself”, from the second site; then each project, in the order below.'],
      [
        'Passwords or keys were seen by somebody',
        'Nothing is lost yet: change them, open a vault window for new ones, and look at what was read.',
      ],
    ],
  },
  steps: [],
};

/** Filled in by hand on the printed page: a number that is in a ledger is one that an intruder reads first. */
const NUMBER = '______________________';

function titleOf({ roles }: State, role: string): string {
  return [...roles.values()].find(({ id }) => String(id) === role)?.title ?? role;
}

function contacts(state: State, { nameOf }: RunbookFacts): RunbookSection {
  const people = [...state.people.values()].filter(({ standing }) => standing === 'active');
  const rows = CALLED.flatMap((role) =>
    people.filter((person) => holds(person, role)).map(({ id }) => [titleOf(state, role), nameOf(id), NUMBER]),
  );
  return {
    title: 'Whom to call',
    says: [
      'Call; do not write mail that an intruder may read. Write the numbers on the printed page, and keep it where no network reaches.',
      ...(rows.length === 0 ? ['NOBODY holds a role that can restore: this is the first thing to put right.'] : []),
    ],
    rows: { header: ['role', 'who', 'number'], rows },
    steps: [],
  };
}

function holds({ roles }: Person, role: string): boolean {
  return roles.some((held) => String(held.role) === role);
}

function keysSection(facts: RunbookFacts): RunbookSection {
  const { escrow, data } = facts;
  const sheets = Array.from({ length: escrow?.need ?? 2 }, (_, index) => `share-${index + 1}.txt`);
  const kept = keptFor(facts);
  const asked = kept.length === 0 ? '' : ` and, for a vault or a bucket, ${kept.join(', ')}`;
  return {
    title: 'Where the keys are',
    says: [
      `Each project has a repository of its own with a password of its own: ${data}/keys/backup/<project>.password.`,
      'All of them, what opens the vaults, and the ledger’s keys are in the repository “facility”.',
      `What has to be kept elsewhere is what opens that one: its password${asked}. The sheets of shares hold them.`,
      escrow === undefined
        ? 'IT WAS NEVER SHARED OUT. If this server is gone and nobody copied that file, nothing below can be done: run “backup escrow” now.'
        : `It was shared out on ${day(escrow.at)}: ${escrow.shares} shares, and any ${escrow.need} of them give it back; fewer say nothing at all.`,
    ],
    steps: [
      {
        title: 'Bring the shares together',
        says: [
          'In an empty folder of your own, where all that follows is typed, too.',
          'Each holder brings the file, or types its lines into one. Any of them will do.',
        ],
        commands: ['umask 077', `picturelock backup unlock ${sheets.join(' ')} --out facility.password`],
        provenAt: escrow?.provenAt ?? null,
      },
      {
        title: 'The same without this program',
        says: ['Python and OpenSSL are enough.'],
        commands: [
          'umask 077',
          joinByHand(sheets, 'facility.password'),
          ...kept.map((file) => openByHand(sheets[0] ?? '', file, 'facility.password')),
        ],
        provenAt: null,
        byPeople: true,
      },
    ],
  };
}

/** Beside the password, for the facility's own repository. */
function keptFor({ repositories }: RunbookFacts): readonly string[] {
  const files = repositories
    .filter(({ repository }) => repository === 'facility')
    .flatMap(({ credential, isHeld, ca, client }) => [
      isHeld === true ? credential : undefined,
      ca,
      client?.cert,
      client?.key,
    ]);
  return [...new Set(files.filter((file) => file !== undefined))];
}

export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

export function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
