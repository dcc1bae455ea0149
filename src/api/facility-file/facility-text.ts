/** `facility.yaml` as text: read into its data with the line of everything that is wrong, and written from data. */
import { isNode, isScalar, LineCounter, parseDocument, stringify, visit } from 'yaml';
import type { Document } from 'yaml';
import type { FacilityFile } from '#model/facility-file.ts';
import { facilityFile } from '#model/facility-file.ts';
import { TROUBLES_MAX } from '#plan/facility-file/names.ts';
import type { Path, Trouble } from '#plan/facility-file/names.ts';

export const FILE_CHARS_MAX = 2_000_000;
/** Anchors are for convenience; a file that unfolds into more than this is an attack. */
const ALIASES_MAX = 100;

export interface TextTrouble {
  /** From 1; 0 when it is about the whole file. */
  readonly line: number;
  readonly says: string;
}

export interface FacilityText {
  readonly file?: FacilityFile;
  readonly troubles: readonly TextTrouble[];
  /** The line of what a trouble met later is about. */
  readonly lineOf: (path: Path) => number;
}

/** Never throws: whatever is wrong is a trouble with a line. */
export function readFacilityText(text: string): FacilityText {
  const nowhere = () => 0;
  const wrong = (says: string): FacilityText => ({ troubles: [{ line: 0, says }], lineOf: nowhere });
  if (text.length > FILE_CHARS_MAX) return wrong(`The file is longer than ${FILE_CHARS_MAX} characters.`);
  const lines = new LineCounter();
  try {
    // The reader's own search for keys that stand twice compares each with each: minutes for a file of this size.
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      schema: 'core',
      prettyErrors: false,
    });
    const lineOf = (path: Path) => lineAt(document, lines, path);
    if (document.errors.length > 0) {
      const troubles = document.errors.slice(0, TROUBLES_MAX).map(({ pos, message }) => {
        return { line: lines.linePos(pos[0]).line, says: message };
      });
      return { troubles, lineOf };
    }
    const twice = keysTwice(document, lines);
    if (twice.length > 0) return { troubles: twice, lineOf };
    return shaped(document.toJS({ maxAliasCount: ALIASES_MAX }), lineOf);
  } catch (cause) {
    return wrong(`This is not YAML that can be read: ${cause instanceof Error ? cause.message : 'unknown trouble'}.`);
  }
}

/** The later of two would silently win. */
function keysTwice(document: Document.Parsed, lines: LineCounter): readonly TextTrouble[] {
  const troubles: TextTrouble[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name) && troubles.length < TROUBLES_MAX) {
          troubles.push({ line: lines.linePos(key.range?.[0] ?? 0).line, says: `${name} stands here twice.` });
        }
        seen.add(name);
      }
    },
  });
  return troubles;
}

function shaped(data: unknown, lineOf: FacilityText['lineOf']): FacilityText {
  const read = facilityFile.safeParse(data);
  if (read.success) return { file: read.data, troubles: [], lineOf };
  const troubles = read.error.issues.slice(0, TROUBLES_MAX).map(({ path, message }) => {
    const steps = path.filter((step) => typeof step !== 'symbol');
    return { line: lineOf(steps), says: `${steps.join('.') || 'the file'}: ${message}` };
  });
  return { troubles, lineOf };
}

/** Of the thing itself, or of the nearest thing around it that is there. */
function lineAt(document: Document.Parsed, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range !== undefined && node.range !== null) return lines.linePos(node.range[0]).line;
  }
  return 0;
}

export function withLines(troubles: readonly Trouble[], lineOf: FacilityText['lineOf']): readonly TextTrouble[] {
  return troubles.map(({ path, says }) => ({ line: lineOf(path), says }));
}

const TITLE = '# The network of a facility. What each part means is in docs/spec/facility-file.md.\n';

export function writeFacilityText(file: FacilityFile): string {
  return TITLE + stringify(file, { lineWidth: 0, version: '1.2', aliasDuplicateObjects: false });
}
