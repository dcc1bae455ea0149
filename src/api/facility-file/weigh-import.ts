/**
 * A facility file weighed before anything is made of it: what it would change, whether its own tests hold then, what opens and closes, and
 * whether the facility's rules and invariants allow it. The page, the command line and the API say the same of the same file.
 */
import type { TextTrouble } from '#api/facility-file/facility-text.ts';
import { readFacilityText, withLines } from '#api/facility-file/facility-text.ts';
import type { NetworkChange } from '#model/network-change.ts';
import { NETWORK_CHANGES_MAX } from '#model/network-change.ts';
import type { By } from '#model/events.ts';
import type { FacilityFile } from '#model/facility-file.ts';
import type { State } from '#model/state.ts';
import type { TestResult } from '#plan/facility-file/assertions.ts';
import { checkTests } from '#plan/facility-file/assertions.ts';
import type { Path, Reader } from '#plan/facility-file/names.ts';
import { afterChanges, planImport } from '#plan/facility-file/plan-import.ts';
import type { Preview } from '#plan/network/guard.ts';
import { previewNetwork } from '#plan/network/guard.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export interface Weighed {
  /** What has to be put right in the file; with any of them there is nothing else. */
  readonly troubles: readonly TextTrouble[];
  /** Empty when the facility is as the file says already. */
  readonly changes: readonly NetworkChange[];
  readonly tests: readonly (TestResult & { readonly line: number })[];
  readonly preview?: Preview;
  /** Why it cannot be imported: the model, an invariant, or a test of the file. */
  readonly refused?: Refused;
}

const NOTHING: Weighed = { troubles: [], changes: [], tests: [] };

export function weighText(state: State, text: string, reader: Reader, by: By): Weighed {
  const { file, troubles, lineOf } = readFacilityText(text);
  if (file === undefined) return { ...NOTHING, troubles };
  return weighFile(state, file, reader, by, lineOf);
}

/** `lineOf` is for files that were text; a preset has no lines. */
export function weighFile(
  state: State,
  file: FacilityFile,
  reader: Reader,
  by: By,
  lineOf: (path: Path) => number = () => 0,
): Weighed {
  const { changes, troubles } = planImport(state, file, reader);
  if (troubles.length > 0) return { ...NOTHING, troubles: withLines(troubles, lineOf) };
  if (changes.length > NETWORK_CHANGES_MAX) return { ...NOTHING, changes, refused: tooMuch(changes.length) };
  const after = afterChanges(state, changes, { by, at: reader.at });
  if (after.kind === 'refused') return { ...NOTHING, changes, refused: after };
  const tests = checkTests(after.value, file.tests ?? [], reader.at).map((result) => ({
    ...result,
    line: lineOf(['tests', result.index]),
  }));
  const preview = previewNetwork(state, after.value, reader.at);
  const no = firstOf(preview.refused, testRefusal(tests));
  return { troubles: [], changes, tests, preview, ...(no === undefined ? {} : { refused: no }) };
}

/** The tests of the file are those that it would keep: the line of the one that fails says more than its name. */
function firstOf(guard: Refused | undefined, ofFile: Refused | undefined): Refused | undefined {
  return guard?.code === 'policy-test-fails' ? (ofFile ?? guard) : (guard ?? ofFile);
}

function tooMuch(changes: number): Refused {
  return refused(
    'too-many',
    `The file makes ${changes} changes; one import holds ${NETWORK_CHANGES_MAX}.`,
    'Import it in parts: first zones and services, then hosts, then flows.',
  );
}

function testRefusal(tests: Weighed['tests']): Refused | undefined {
  const failed = tests.filter(({ holds }) => !holds);
  const [first] = failed;
  if (first === undefined) return undefined;
  const more = failed.length === 1 ? '' : ` ${failed.length - 1} more fail.`;
  return refused(
    'test-fails',
    `The test ${first.line === 0 ? first.index + 1 : `at line ${first.line}`} (${first.kind}) fails: ${first.says}${more}`,
    'Change the rules so that the test holds, or the test, if it is not what is meant any more.',
  );
}
