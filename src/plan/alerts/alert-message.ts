/**
 * What goes out: one message for all that waits. Projects go by their aliases and people by their ids: no title, no name, no path, no address and nothing
 * that a person typed leaves the facility by this way. `docs/spec/alerts.md` has the format.
 */
import { troubleWords } from './trouble-words.ts';
import { waitingFor } from '#model/alerts.ts';
import type { Matter } from '#model/alerts.ts';
import type { AlertWay } from '#model/alert-events.ts';
import type { ToldKind } from '#model/alert-matters.ts';
import type { State } from '#model/state.ts';

/** Of more, the rest goes with the next message. */
export const ALERTS_PER_MESSAGE_MAX = 50;

export interface AlertMessage {
  readonly v: 1;
  readonly facility: string;
  readonly at: number;
  /** The last entry that this message tells of: a message that comes twice has the same. */
  readonly upTo: number;
  readonly alerts: readonly AlertLine[];
  /** Matters that were forgotten untold, because too many waited. */
  readonly dropped: number;
}

export interface AlertLine {
  /** Index of the entry that it was told for. */
  readonly entry: number;
  readonly kind: ToldKind;
  readonly urgency: 'now' | 'soon' | 'test';
  readonly at: number;
  /** So often since it was first told. */
  readonly times: number;
  readonly says: string;
  /** The page that answers it, beneath the portal's address. */
  readonly page: string;
  readonly project?: string;
  readonly vault?: string;
  readonly person?: string;
}

/** Undefined when nothing waits for this way. */
export function alertMessage(state: State, way: AlertWay, at: number): AlertMessage | undefined {
  const waiting = waitingFor(state.alerts, way).slice(0, ALERTS_PER_MESSAGE_MAX);
  const last = waiting.at(-1);
  if (last === undefined) return undefined;
  const alerts = waiting.map((matter) => lineOf(state, matter));
  return { v: 1, facility: state.facility?.name ?? '', at, upTo: last.index, alerts, dropped: state.alerts.dropped };
}

function lineOf(state: State, matter: Matter): AlertLine {
  const { kind, index: entry, at, times, about } = matter;
  const project = about.project === undefined ? undefined : state.projects.get(about.project)?.alias;
  const vault = about.vault === undefined ? undefined : state.backups.vaults.get(about.vault)?.name;
  const { urgency, says, page } = wordsOf(matter, project ?? 'the facility itself', vault ?? 'a vault');
  return {
    entry,
    kind,
    urgency,
    at,
    times,
    says,
    page,
    ...(project === undefined ? {} : { project }),
    ...(vault === undefined ? {} : { vault }),
    ...(about.person === undefined ? {} : { person: about.person }),
  };
}

type Words = Pick<AlertLine, 'urgency' | 'says' | 'page'>;

const BACKUPS = '/facility/backups';

/** Every kind in a sentence; `of` is a project's alias or the facility. */
function wordsOf({ kind, about, detail = '' }: Matter, of: string, vault: string): Words {
  switch (kind) {
    case 'backup.late':
      return now(`no snapshot of ${of} came in time`, BACKUPS);
    case 'backup.failed':
      return now(`a backup of ${of} failed (${detail})`, BACKUPS);
    case 'backup.copy-failed':
      return now(`${of} was not copied to ${vault} (${detail})`, BACKUPS);
    case 'drill.finished':
      return now(
        `a restore drill of ${of} from ${vault} failed: ${detail} files did not come back`,
        `${BACKUPS}/drills`,
      );
    case 'facility.drilled':
      return now(`the facility’s own copy in ${vault} did not come back whole`, `${BACKUPS}/drills`);
    case 'alarm.raised':
      return now(
        `${about.project === undefined ? `the facility’s own copy in ${vault}` : of} looks as if it was attacked (${detail})`,
        `${BACKUPS}/alarms`,
      );
    case 'vault.clock-doubted':
      return now(`the clock of ${vault} is doubted: nothing expires there`, `${BACKUPS}/vaults`);
    case 'vault.damage-reported':
      return now(`${vault} holds ${detail} damaged objects`, `${BACKUPS}/vaults`);
    case 'vault.pull-found':
      return now(
        `${vault} found ${detail} objects changed, missing or gone at the vault that it copies from`,
        `${BACKUPS}/vaults`,
      );
    case 'backup.trouble':
      return troubled(String(detail), of, vault);
    case 'quarantine.ordered':
      return now(`a ${detail} was taken off the network`, '/facility/network/quarantine');
    case 'network.found':
      return now(`the network is not as it should be (${detail})`, '/facility/network/drift');
    case 'network.rolled-back':
      return now('new network rules were rolled back', '/facility/network/drift');
    case 'engagement.warned':
      return soon(`an engagement on ${of} ends in ${days(detail)}`, '/facility/people');
    case 'person.role-warned':
      return soon(`a facility role ends in ${days(detail)}`, '/facility/people');
    case 'person.warned':
      return soon(`an account that nobody uses is suspended in ${days(detail)}`, '/facility/people');
    case 'alert.test-asked':
      return { urgency: 'test', says: 'somebody asked for a test of this way', page: '/facility/settings/alerts' };
  }
}

function troubled(code: string, of: string, vault: string): Words {
  const words = troubleWords(code);
  if (words === undefined) return now(`something about the backups of ${of} needs a look (${code})`, BACKUPS);
  return { urgency: words.urgency, says: words.says(of, vault), page: `${BACKUPS}${words.page}` };
}

function now(says: string, page: string): Words {
  return { urgency: 'now', says, page };
}

function soon(says: string, page: string): Words {
  return { urgency: 'soon', says, page };
}

function days(count: string | number): string {
  return `${count} ${count === 1 ? 'day' : 'days'}`;
}
