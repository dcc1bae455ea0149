/** File names and paths as the pages show and check them. Pure; the server checks again. */

/** Why a new name would be refused on one of the systems that share the storage; undefined when it is fine. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'Give it a name.';
  if (name === '.' || name === '..') return 'This name has a meaning of its own.';
  if (/[<>:"|?*\\/]/.test(name)) return 'Windows cannot hold names with < > : " | ? * \\ or /.';
  if ([...name].some((character) => character < ' ' || character === '\u007f'))
    return 'Names cannot hold control characters.';
  if (/[. ]$/.test(name)) return 'Windows drops a dot or a space at the end.';
  if (/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i.test(name)) return 'Windows keeps this name for itself.';
  if (new TextEncoder().encode(name).byteLength > 255) return 'The name is too long.';
  return undefined;
}

export interface Crumb {
  readonly name: string;
  readonly path: string;
}

export function crumbsOf(path: string): readonly Crumb[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((name, index) => ({ name, path: parts.slice(0, index + 1).join('/') }));
}

export function parentOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** `1001–1240, 2 missing (1017, 1018)`. */
export function framesText(sequence: {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly missing: readonly number[];
}): string {
  const range = `${sequence.first}–${sequence.last}`;
  if (sequence.missing.length === 0) return `${sequence.count} frames, ${range}`;
  const shown = sequence.missing.slice(0, 4).join(', ');
  return `${sequence.count} frames, ${range}, ${sequence.missing.length} missing (${shown}${sequence.missing.length > 4 ? ', …' : ''})`;
}

/** Whether a file is a frame of the sequence `shot.####.exr` from `first` to `last`. */
export function isFrameOf(
  name: string,
  sequence: { readonly first: number; readonly last: number; readonly pattern: string },
): boolean {
  const [, prefix = '', marks = '', ending = ''] = /^(.*?)(#+)(\.[^.#]+)$/.exec(sequence.pattern) ?? [];
  if (marks === '' || !name.startsWith(prefix) || !name.endsWith(ending)) return false;
  const digits = name.slice(prefix.length, name.length - ending.length);
  // Numbers grow beyond their padding: 9999 is followed by 10000.
  if (!/^-?\d{2,9}$/.test(digits) || digits.replace('-', '').length < marks.length - 1) return false;
  return Number(digits) >= sequence.first && Number(digits) <= sequence.last;
}

export type SortKey = 'name' | 'size' | 'changed';

interface Sortable {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

/** Folders first; numbers inside names count as numbers. */
export function sorted<Entry extends Sortable>(
  entries: readonly Entry[],
  key: SortKey,
  down: boolean,
): readonly Entry[] {
  const byName = (a: Entry, b: Entry) => a.name.localeCompare(b.name, 'en', { numeric: true, sensitivity: 'base' });
  const by = {
    name: byName,
    size: (a: Entry, b: Entry) => a.sizeBytes - b.sizeBytes || byName(a, b),
    changed: (a: Entry, b: Entry) => a.modifiedAt - b.modifiedAt || byName(a, b),
  }[key];
  const folderFirst = (entry: Entry) => (entry.type === 'folder' ? 0 : 1);
  return [...entries].sort((a, b) => folderFirst(a) - folderFirst(b) || (down ? by(b, a) : by(a, b)));
}
