/** The dump that `getfattr` prints and `setfattr` reads: `# file: PATH`, then `NAME=0sBASE64` for each attribute, then an empty line. */
import type { Attribute, Attributed } from '#ports/file-attributes.ts';

/** Different sets of attributes are few on most storages: equal ones are held once. */
export function parseDump(dump: Buffer): ReadonlyMap<string, readonly Attribute[]> {
  const found = new Map<string, readonly Attribute[]>();
  const sets = new Map<string, readonly Attribute[]>();
  for (const block of dump.toString('latin1').split('\n\n')) {
    const [head = '', ...lines] = block.replace(/^\n+/, '').split('\n');
    if (!head.startsWith('# file: ')) continue;
    const text = lines.join('\n');
    const set = sets.get(text) ?? lines.filter((line) => line !== '').map(parseLine);
    sets.set(text, set);
    if (set.length > 0) found.set(unquoted(head.slice('# file: '.length)), set);
  }
  return found;
}

function parseLine(line: string): Attribute {
  const at = line.search(/=0s[A-Za-z0-9+/=]*$/);
  const name = Buffer.from(unquoted(at < 0 ? line : line.slice(0, at)), 'latin1').toString('utf8');
  return { name, value: Buffer.from(at < 0 ? '' : line.slice(at + 3), 'base64') };
}

export function renderDump(files: readonly Attributed[]): Buffer {
  const blocks = files.map(({ path, attributes }) => {
    const lines = attributes.map(({ name, value }) => {
      const quotedName = quoted(Buffer.from(name).toString('latin1')).replaceAll('=', '\\075');
      return `${quotedName}=0s${Buffer.from(value).toString('base64')}\n`;
    });
    return `# file: ${quoted(Buffer.from(path).toString('latin1'))}\n${lines.join('')}\n`;
  });
  return Buffer.from(blocks.join(''), 'latin1');
}

/** Backslash, line feed and carriage return as three octal digits. */
function quoted(text: string): string {
  return text.replace(/[\\\n\r]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function unquoted(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
