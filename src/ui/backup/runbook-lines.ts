/** The runbook's text, line by line, as what it is: so that a page can make it readable without a second copy of it. Pure. */
export type RunbookLine =
  | { readonly kind: 'section' | 'text' | 'command' | 'table'; readonly text: string }
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
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(lineOf);
}

function lineOf(line: string): RunbookLine {
  const step = STEP.exec(line);
  if (step !== null) {
    const [, number = '', title = '', proof] = step;
    return {
      kind: 'step',
      number,
      text: title,
      never: proof?.toLowerCase() === 'never proven',
      ...(proof === undefined ? {} : { proof }),
    };
  }
  if (SECTION.test(line)) return { kind: 'section', text: line };
  if (COMMAND.test(line)) return { kind: 'command', text: line.replace(COMMAND, '') };
  // Cells stand apart by two spaces and more; sentences do not.
  if (/\S {2,}\S/.test(line)) return { kind: 'table', text: line.trimEnd() };
  return { kind: 'text', text: line.trim() };
}
