/**
 * The blocks that `getfattr` prints and `setfattr` reads: `# file: PATH`, then `NAME=0sBASE64` for each attribute, then an empty line. Those that are made
 * here are ASCII: every other byte, and what would end a line or a name, stands as three octal digits behind a backslash.
 */
import type { Attribute, Attributed } from '#ports/file-attributes.ts';

const HEAD = '# file: ';

/** A block whose path is read, and whose attributes are not yet. */
export interface AttributeBlock {
  readonly path: Buffer;
  /** One line for each attribute, as they stand there. */
  readonly lines: string;
}

/** Undefined for what is no block, or one without attributes. */
export function parseBlock(block: Buffer): AttributeBlock | undefined {
  const text = block.toString('latin1');
  const end = text.indexOf('\n');
  if (!text.startsWith(HEAD) || end < 0 || end === text.length - 1) return undefined;
  return { path: Buffer.from(unquoted(text.slice(HEAD.length, end)), 'latin1'), lines: text.slice(end + 1) };
}

/** Without the empty line behind it. */
export function renderBlock({ path, lines }: AttributeBlock): string {
  return `${HEAD}${quoted(path.toString('latin1'))}\n${lines.replace(OTHER_BYTES, octal)}`;
}

export function parseLines(lines: string): readonly Attribute[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): Attribute {
  const at = line.search(/=0s[A-Za-z0-9+/=]*$/);
  const name = Buffer.from(unquoted(at < 0 ? line : line.slice(0, at)), 'latin1').toString('utf8');
  return { name, value: Buffer.from(at < 0 ? '' : line.slice(at + 3), 'base64') };
}

export function renderAttributed({ path, attributes }: Attributed): string {
  const lines = attributes.map(({ name, value }) => {
    const quotedName = quoted(Buffer.from(name).toString('latin1')).replaceAll('=', '\\075');
    return `${quotedName}=0s${Buffer.from(value).toString('base64')}\n`;
  });
  return renderBlock({ path: Buffer.from(path), lines: lines.join('') });
}

const OTHER_BYTES = /[\x80-\xff]/g;

function quoted(text: string): string {
  return text.replace(/[\\\n\r\x80-\xff]/g, octal);
}

function octal(char: string): string {
  return `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

function unquoted(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
