/**
 * Names that Mac, Windows and Linux clients can all hold, and when two of them clash.
 *
 * A name keeps the Unicode normal form it arrived in; two names that differ only in normal form or letter case are the same name
 * to a Mac or to Windows, so the second one is refused. Rules: Windows' reserved names, characters and trailing dots
 * and spaces (Win32 naming), 255 bytes of UTF-8 (ext4, XFS) and 255 UTF-16 units (NTFS, APFS).
 */
import { Buffer } from 'node:buffer';
import type { Outcome, Refused } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';
import { PATH_BYTES_MAX } from '#model/events.ts';
import type { Place } from '#ports/workspace.ts';

export const NAME_BYTES_MAX = 255;
export const NAME_UNITS_MAX = 255;
export const PATH_DEPTH_MAX = 32;
/** The hidden area of a workspace; no visible name begins with it. */
export const HIDDEN = '.picturelock';

const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
const FORBIDDEN = /[<>:"|?*\\]/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Characters that reorder or hide text: a name must look like what it is. */
const DECEPTIVE = /[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffd]/;

const RULES: readonly { readonly breaks: (name: string) => boolean; readonly says: string }[] = [
  { breaks: (name) => name === '', says: 'is empty' },
  { breaks: (name) => name === '.' || name === '..', says: 'stands for another folder' },
  { breaks: (name) => !name.isWellFormed(), says: 'is not valid Unicode' },
  { breaks: (name) => CONTROL.test(name), says: 'has a control character' },
  { breaks: (name) => name.includes('/'), says: 'has a slash' },
  { breaks: (name) => FORBIDDEN.test(name), says: 'has a character that Windows cannot hold (< > : " | ? * \\)' },
  { breaks: (name) => DECEPTIVE.test(name), says: 'has an invisible or direction-changing character' },
  { breaks: (name) => /[. ]$/.test(name), says: 'ends in a dot or a space' },
  { breaks: (name) => name.startsWith(' '), says: 'begins with a space' },
  { breaks: (name) => RESERVED.test(name), says: 'is reserved on Windows' },
  {
    breaks: (name) => name.length > NAME_UNITS_MAX || Buffer.byteLength(name) > NAME_BYTES_MAX,
    says: 'is longer than 255 bytes',
  },
  { breaks: (name) => foldName(name).startsWith(foldName(HIDDEN)), says: 'is kept for Picturelock itself' },
];

/** The same for two names exactly when a Mac or Windows client would take them for one. */
export function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().normalize('NFC');
}

export function checkName(name: string): Refused | undefined {
  const broken = RULES.find((rule) => rule.breaks(name));
  if (broken === undefined) return undefined;
  return refused(
    'name-not-portable',
    `The name "${shown(name)}" ${broken.says}, so not every client could hold it.`,
    'Rename it and try again.',
  );
}

/** `media/reel-01/a.mov` to its names; the empty path is the workspace itself. One trailing slash is forgiven. */
export function parsePlace(path: string): Outcome<Place> {
  if (path.length > PATH_BYTES_MAX || Buffer.byteLength(path) > PATH_BYTES_MAX) {
    return refused('path-too-long', `A path holds at most ${PATH_BYTES_MAX} bytes.`, 'Use shorter folder names.');
  }
  if (path === '' || path === '/') return ok([]);
  const names = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  if (names.length > PATH_DEPTH_MAX) {
    return refused('path-too-deep', `A path holds at most ${PATH_DEPTH_MAX} folders.`, 'Use fewer nested folders.');
  }
  for (const name of names) {
    const broken = checkName(name);
    if (broken !== undefined) return broken;
  }
  return ok(names);
}

function shown(name: string): string {
  const plain = name.toWellFormed().replace(new RegExp(`${CONTROL.source}|${DECEPTIVE.source}`, 'g'), '\ufffd');
  return plain.length > 80 ? `${plain.slice(0, 79).toWellFormed()}…` : plain;
}
