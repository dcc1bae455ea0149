/** The runbook's text, line by line, as what it is: so that a page can make it readable without a second copy of it. Pure. */
export type RunbookLine =
  | { readonly kind: 'section' | 'text' | 'command'; readonly text: string }
  | { readonly kind: 'table'; readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | {
      readonly kind: 'step';
      readonly number: string;
      readonly text: string;
      readonly proof?: string;
      readonly never: boolean;
    };

const STEP = /^ *\[ \] (\d+\.\d+) (.*?)(?: {3}\((.*)\))?$/;
const SECTION = /^\d+\. /;
const COMMAND = /^ *\$ /;

/** Empty lines are left out. */
export function runbookLines(text: string): readonly RunbookLine[] {
  const found: RunbookLine[] = [];
  let table: string[] = [];
  for (const line of text.split('\n')) {
    if (isOfTable(line)) {
      table.push(line);
      continue;
    }
    if (table.length > 0) found.push(tableOf(table));
    table = [];
    if (line.trim() !== '') found.push(lineOf(line));
  }
  return table.length > 0 ? [...found, tableOf(table)] : found;
}

/** Cells stand apart by two spaces and more; sentences do not. */
function isOfTable(line: string): boolean {
  return !STEP.test(line) && !SECTION.test(line) && !COMMAND.test(line) && /\S {2,}\S/.test(line);
}

/** Columns begin where the words of the first line do. */
function tableOf([head = '', ...lines]: readonly string[]): RunbookLine {
  const starts = [...head.matchAll(/\S+(?: \S+)*/g)].map(({ index }) => index);
  const cells = (line: string) => starts.map((start, n) => line.slice(start, starts[n + 1]).trim());
  return { kind: 'table', header: cells(head), rows: lines.map(cells) };
}

function lineOf(line: string): RunbookLine {
  const step = STEP.exec(line);
  if (step !== null) {
    const [, number = '', title = '', proof] = step;
    return {
      kind: 'step',
      number,
      text: title,
      never: proof?.toLowerCase().startsWith('never proven') === true,
      ...(proof === undefined ? {} : { proof }),
    };
  }
  if (SECTION.test(line)) return { kind: 'section', text: line };
  if (COMMAND.test(line)) return { kind: 'command', text: line.replace(COMMAND, '') };
  return { kind: 'text', text: line.trim() };
}
