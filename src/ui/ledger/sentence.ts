/** What an entry says, as a sentence without its subject: `read media/a.mov`. Pure. */
import type { EntryView } from '#api/endpoints/views.ts';
import { actionSays } from '../kit/action-says.ts';
import { bytesText, countText, dateText, millisText } from '../kit/words.ts';
import { gateText } from '../kit/gates.ts';
import { backupSentence } from './backup-sentence.ts';
import { codeText, liftsText, roleText } from './code-words.ts';

type Data = EntryView['data'];

const text = (data: Data, name: string): string =>
  typeof data[name] === 'string' || typeof data[name] === 'number' ? String(data[name]) : '';
const size = (data: Data, name: string): string => (typeof data[name] === 'number' ? bytesText(data[name]) : '');
const day = (data: Data): string => (typeof data['until'] === 'number' ? dateText(data['until']) : '');
const path = (entry: EntryView): string => entry.about.path ?? 'the workspace';
/** Why something ended, in words; nothing where the entry does not say. */
const because = (data: Data): string => (text(data, 'because') === '' ? '' : ` (${codeText(text(data, 'because'))})`);
const reason = (data: Data): string => (text(data, 'reason') === '' ? '' : `: ${text(data, 'reason')}`);

function credentialType(data: Data): string {
  const { credential } = data;
  const type = typeof credential === 'object' && credential !== null && 'type' in credential ? credential.type : '';
  return typeof type === 'string' && type !== '' ? type : 'credential';
}

function wayText(data: Data): string {
  return `${text(data, 'to')}, ${text(data, 'protocol')} ${text(data, 'port')},`;
}

/** Of a share. */
function passedText({ passed }: Data): string | undefined {
  if (typeof passed !== 'object' || passed === null || !('bytes' in passed)) return undefined;
  return `${size({ bytes: passed.bytes }, 'bytes')} both ways`;
}

/** Kinds that deserve more than their name; the rest are shown by `plain`. */
const SENTENCES: Readonly<Record<string, (entry: EntryView) => string>> = {
  'alert.ways-set': ({ data }) => {
    const ways = Array.isArray(data['ways']) ? data['ways'].length : 0;
    return ways === 0 ? 'alerts go nowhere any more' : `alerts go out by ${countText(ways, 'way')}`;
  },
  'alert.test-asked': () => 'asked for a test alert',
  'alert.sent': ({ data }) =>
    `told ${countText(Number(data['matters'] ?? 0), 'matter')} outside by ${text(data, 'way')}`,
  'alert.failed': ({ data }) =>
    `an alert by ${text(data, 'way')} was not taken (${text(data, 'code')}), and is sent again`,
  'file.read-opened': (entry) => `began to read ${path(entry)} (${size(entry.data, 'sizeBytes')})`,
  'file.read-closed': (entry) =>
    `read ${size(entry.data, 'bytes')} of ${path(entry)}${entry.data['complete'] === true ? ', all of it' : ''}`,
  'file.write-opened': (entry) => `began to write ${path(entry)}`,
  'file.write-closed': (entry) => `wrote ${size(entry.data, 'bytes')} of ${path(entry)}`,
  'file.accepted': (entry) => `${path(entry)} arrived whole (${size(entry.data, 'sizeBytes')})`,
  'file.set-aside': (entry) => `${path(entry)} was set aside: ${codeText(text(entry.data, 'why'))}`,
  'file.moved': (entry) => `moved ${path(entry)} to ${text(entry.data, 'to')}`,
  'file.binned': (entry) => `put ${path(entry)} in the bin`,
  'file.aside-purged': (entry) => `${path(entry)}, set aside before, was removed for good`,
  'file.unbinned': (entry) => `took ${path(entry)} out of the bin`,
  'folder.listed': (entry) => `looked at ${entry.about.path === '' ? 'the workspace' : path(entry)}`,
  'folder.made': (entry) => `made the folder ${path(entry)}`,
  'folder.removed': (entry) => `removed the folder ${path(entry)}`,
  'signin.refused': (entry) =>
    `sign-in with ${codeText(text(entry.data, 'with'))} refused: ${codeText(text(entry.data, 'why'))}`,
  'signin.stepped-up': (entry) => `showed a second factor again (${codeText(text(entry.data, 'with'))})`,
  'access.refused': (entry) =>
    `may not ${actionSays(text(entry.data, 'action'))}${(entry.about.path ?? '') === '' ? '' : `, ${entry.about.path}`}: ${codeText(text(entry.data, 'rule'))}`,
  'session.opened': (entry) => `connected through ${gateText(entry.about.gate ?? text(entry.data, 'gate'))}`,
  'session.closed': (entry) =>
    `disconnected${because(entry.data)}, ${passedText(entry.data) ?? `${size(entry.data, 'bytesOut')} out, ${size(entry.data, 'bytesIn')} in`}`,
  'session.counted': (entry) => `${size(entry.data, 'bytes')} had passed by then, both ways`,
  'path.opened': (entry) => `the way from ${text(entry.data, 'from')} to ${wayText(entry.data)} was opened`,
  'path.loaded': () => 'the gateway holds the way open',
  'path.closed': (entry) => `the way was closed${because(entry.data)}`,
  'session.renewed': () => 'session token renewed',
  'engagement.given': (entry) => `put on the project as ${roleText(text(entry.data, 'role'))} until ${day(entry.data)}`,
  'engagement.extended': (entry) => `engagement extended until ${day(entry.data)}${reason(entry.data)}`,
  'engagement.ended': (entry) => `engagement ended${because(entry.data)}${reason(entry.data)}`,
  'engagement.held': () => 'engagement on hold',
  'engagement.released': () => 'engagement released',
  'engagement.warned': (entry) => `warned: ${text(entry.data, 'daysLeft')} days of access left`,
  'request.made': (entry) =>
    `asked for ${text(entry.data, 'ask') === 'access' ? 'access' : 'more time'}${reason(entry.data)}`,
  'request.decided': (entry) =>
    `request ${entry.data['granted'] === true ? 'granted' : 'declined'}${reason(entry.data)}`,
  'cut.ordered': (entry) => `access cut${because(entry.data)}`,
  'cut.receipt': (entry) =>
    `receipt of ${gateText(text(entry.data, 'gate'))}: ${text(entry.data, 'sessionCount')} sessions in ${millisText(Number(entry.data['ms'] ?? 0))}`,
  'recovery.asked': (entry) => `recovery asked for${reason(entry.data)}`,
  'recovery.withdrawn': () => 'recovery withdrawn with all access',
  'credential.added': (entry) => `added ${codeText(credentialType(entry.data))}`,
  'person.onboarded': (entry) => `${codeText(text(entry.data, 'item'))} on record until ${day(entry.data)}`,
  'credential.revoked': (entry) => `credential revoked${because(entry.data)}${reason(entry.data)}`,
  'person.suspended': (entry) => `suspended${because(entry.data)}${reason(entry.data)}`,
  'person.restored': (entry) => `restored${reason(entry.data)}`,
  'person.locked': (entry) => `locked after ${text(entry.data, 'failures')} wrong passwords`,
  'project.created': (entry) => `project ${text(entry.data, 'alias')} created`,
  'project.wrapped': (entry) => `project wrapped${reason(entry.data)}`,
  'project.locked': (entry) => `project locked${reason(entry.data)}`,
  'project.reopened': (entry) => `project reopened${reason(entry.data)}`,
  'exception.recorded': (entry) => `exception recorded, “${liftsText(text(entry.data, 'rule'))}”${reason(entry.data)}`,
  'exception.ended': (entry) => `exception ended${reason(entry.data)}`,
  'person.role-warned': (entry) =>
    `warned: ${text(entry.data, 'daysLeft')} days left as ${roleText(text(entry.data, 'role'))}`,
  'bundle.exported': () => 'evidence bundle exported',
  'engine.started': (entry) => `engine ${text(entry.data, 'version')} started`,
};

export function sentenceOf(entry: EntryView): string {
  return backupSentence(entry) ?? (SENTENCES[entry.kind] ?? plain)(entry);
}

/** Whom and which project it is about, where that is not whoever did it: `Lukas Brandt on nightjar`. */
export function subjectOf(entry: EntryView): string {
  const person = entry.person?.id === entry.by.person?.id ? undefined : entry.person;
  return [person === undefined ? undefined : (person.name ?? 'sealed name'), entry.project?.alias]
    .filter((part) => part !== undefined)
    .join(' on ');
}

/** `zone.added` reads `zone added`. */
function plain(entry: EntryView): string {
  return entry.kind.replace('.', ' ').replaceAll('-', ' ');
}

export function actorOf(entry: EntryView): string {
  return entry.by.person === undefined ? (entry.by.service ?? 'nobody') : (entry.by.person.name ?? 'sealed name');
}
