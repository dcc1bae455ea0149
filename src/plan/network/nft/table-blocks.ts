/** A table's text as its blocks: `map name { … }` with their lines, elements apart. Knows the shape of nft's listing and nothing of its meaning. */
export interface Block {
  readonly what: string;
  readonly name: string;
  readonly lines: readonly string[];
  readonly elements: readonly string[];
}

/** `undefined` when the text is not exactly one table of this name. Text before it may be what replaces the table. */
export function tableBlocks(text: string, table: string): readonly Block[] | undefined {
  const lines = text.replace(`table inet ${table} {}\ndelete table inet ${table}\n`, '').split('\n');
  if (lines.shift() !== `table inet ${table} {`) return undefined;
  const blocks: Block[] = [];
  while (lines.length > 0) {
    const line = lines[0];
    if (line === '}') return lines.slice(1).every((rest) => rest === '') ? blocks : undefined;
    if (line === '') {
      lines.shift();
      continue;
    }
    const rest = readBlock(lines);
    if (rest === undefined) return undefined;
    blocks.push(rest.block);
    lines.splice(0, rest.taken);
  }
  return undefined;
}

function readBlock(lines: readonly string[]): { readonly block: Block; readonly taken: number } | undefined {
  const [, what = '', name = ''] = /^\t(counter|map|set|chain) ([a-z][a-z0-9_]*) \{$/.exec(lines[0] ?? '') ?? [];
  if (what === '') return undefined;
  const end = lines.indexOf('\t}');
  if (end < 0) return undefined;
  const body: string[] = [];
  let elements: readonly string[] = [];
  for (let i = 1; i < end; i += 1) {
    const line = lines[i] ?? '';
    if (!line.startsWith('\t\t')) return undefined;
    if (!line.startsWith('\t\telements = { ')) {
      body.push(line.slice(2));
      continue;
    }
    const listed = readElements(lines.slice(i, end));
    if (listed === undefined) return undefined;
    elements = listed;
    break;
  }
  return { block: { what, name, lines: body, elements }, taken: end + 1 };
}

/** Elements are the last thing in a set. Commas part them; nothing that we write within one holds a comma. */
function readElements(lines: readonly string[]): readonly string[] | undefined {
  const text = lines.map((line) => line.trim()).join(' ');
  if (!text.startsWith('elements = { ') || !text.endsWith(' }')) return undefined;
  return text.slice('elements = { '.length, -' }'.length).split(', ');
}
