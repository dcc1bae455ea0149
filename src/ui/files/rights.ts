/** What people call the acts on files. */
const WORDS = [
  ['file.list', 'view'],
  ['file.read', 'download'],
  ['file.write', 'upload'],
  ['folder.make', 'make folders'],
  ['file.move', 'move'],
  ['file.delete', 'delete'],
  ['file.restore', 'take out of the bin'],
] as const;

const MAIN: ReadonlySet<string> = new Set(['file.list', 'file.read', 'file.write', 'file.move', 'file.delete']);

/** The acts that people think of first, for where there is little room. */
export function mainRightsText(may: readonly string[]): string {
  return fileRightsText(may.filter((action) => MAIN.has(action)));
}

/** `view, download, upload`. */
export function fileRightsText(may: readonly string[]): string {
  const found = WORDS.filter(([action]) => may.includes(action)).map(([, word]) => word);
  return found.length === 0 ? 'closed to you' : found.join(', ');
}
