/** What an alert says of each trouble of backups. Those that an entry of their own tells at once have no words here, so that nobody is told twice. */
import type { TroubleCode } from '#plan/backup/troubles.ts';

export interface TroubleWords {
  /** `of`: a project's alias, or the facility. */
  readonly says: (of: string, vault: string) => string;
  /** Beneath the pages of backups. */
  readonly page: '' | '/drills' | '/vaults';
  readonly urgency: 'now' | 'soon';
}

function look(page: TroubleWords['page'], says: TroubleWords['says']): TroubleWords {
  return { says, page, urgency: 'now' };
}

/** Worth knowing, and no reason to get up. */
function note(page: TroubleWords['page'], says: TroubleWords['says']): TroubleWords {
  return { says, page, urgency: 'soon' };
}

/** `entry`: told when it is recorded. */
const WORDS: Readonly<Record<TroubleCode, TroubleWords | 'entry'>> = {
  alarm: 'entry',
  late: 'entry',
  'copy-failing': 'entry',
  'drill-failed': 'entry',
  'facility-copy-failing': 'entry',
  'facility-drill-failed': 'entry',
  'clock-doubt': 'entry',
  'vault-damage': 'entry',
  'first-vault-changed': 'entry',
  'no-backup': look('', (of) => `${of} has no backup`),
  'attributes-lack': look('', (of) => `the newest snapshot of ${of} lacks attributes of its files`),
  'files-unread': look('', (of) => `many files of ${of} could not be read for its newest snapshot`),
  'copy-behind': look('', (of, vault) => `the copy of ${of} in ${vault} is further behind than is wanted`),
  'drill-overdue': look('/drills', (of) => `no drill of ${of} held in the time that its policy wants`),
  'drill-room': note('/drills', (of) => `a drill of ${of} restored less than it drew, for want of room`),
  'drill-walls': note('/drills', (of) => `a drill of ${of} ran programs of others without walls`),
  'drill-second-tool': note(
    '/drills',
    (of, vault) => `in the newest drill of ${of} from ${vault} no second tool restored anything`,
  ),
  'rto-missed': look('/drills', (of, vault) => `restoring ${of} from ${vault} takes longer than is wanted`),
  'rpo-missed': look(
    '/drills',
    (of, vault) => `by its newest drill ${of} would lose more than is wanted from ${vault}`,
  ),
  'facility-not-copied': look('/vaults', (_, vault) => `the facility itself was never copied to ${vault}`),
  'facility-not-seen': look('/vaults', (_, vault) => `the facility’s copy in ${vault} was never seen from here`),
  'facility-drill-overdue': look(
    '/drills',
    (_, vault) => `the facility’s own copy in ${vault} was not drilled for over a month`,
  ),
  'locks-failing': look('/vaults', (of, vault) => `the locks of ${of} in ${vault} could not be looked after`),
  'locks-overdue': look('/vaults', (of, vault) => `the locks of ${of} in ${vault} were not made longer in time`),
  'bucket-touched': look('/vaults', (of, vault) => `somebody hid or wrote over objects of ${of} in ${vault}`),
  'escrow-missing': look('/vaults', () => 'the password of the facility’s copies was never shared out'),
  'escrow-old': look('/vaults', (_, vault) => `${vault} was added after the password’s shares were made`),
};

/** Undefined for a code that an entry of its own tells of, and for one of another release. */
export function troubleWords(code: string): TroubleWords | undefined {
  const words = Object.hasOwn(WORDS, code) ? WORDS[code as TroubleCode] : undefined; // it has that member
  return words === 'entry' ? undefined : words;
}
