/**
 * An alarm as the ledger can hold it. Its examples are names that an attacker chose, and nothing they chose keeps it from being raised: every text is cut to
 * what an entry may have, and when all of them together are too much, every sign shows fewer examples and says how many it leaves out.
 */
import { EXAMPLE_CHARS_MAX, EXAMPLES_MAX, SAYS_CHARS_MAX, SIGNS_MAX } from '#vault/detect/mark.ts';
import type { AlarmSign } from '#vault/detect/mark.ts';
import { fitText, withMostThatFit } from '#ledger/entry-text.ts';
import type { CommandOf } from '#model/commands.ts';

type RaiseAlarm = CommandOf<'raise-alarm'>;

export function fitAlarm(alarm: RaiseAlarm): RaiseAlarm {
  const signs = alarm.signs.slice(0, SIGNS_MAX).map((sign) => ({
    ...sign,
    says: fitText(sign.says, SAYS_CHARS_MAX),
    examples: sign.examples.slice(0, EXAMPLES_MAX).map((example) => fitText(example, EXAMPLE_CHARS_MAX)),
  }));
  return withMostThatFit(EXAMPLES_MAX, (count) => ({ ...alarm, signs: signs.map((sign) => showing(sign, count)) }));
}

function showing(sign: AlarmSign, count: number): AlarmSign {
  const left = sign.examples.length - count;
  if (left <= 0) return sign;
  const note = ` (${left} more ${left === 1 ? 'example has' : 'examples have'} no room here)`;
  return {
    ...sign,
    says: `${fitText(sign.says, SAYS_CHARS_MAX - note.length)}${note}`,
    examples: sign.examples.slice(0, count),
  };
}

const SNAPSHOT = /^[0-9a-f]{64}(?![^ ])/;

/** What is left for a ledger that refuses even the fitting one: which signs, how many files, snapshots by their ids, and no word of anybody else. */
export function plainAlarm(alarm: RaiseAlarm): RaiseAlarm {
  const signs = alarm.signs.slice(0, SIGNS_MAX).map(({ sign, files, examples }) => ({
    sign,
    says: 'What was found could not be put on record in its own words: look at the copy itself.',
    files,
    examples: examples.slice(0, EXAMPLES_MAX).flatMap((example) => SNAPSHOT.exec(example) ?? []),
  }));
  return { ...alarm, signs };
}
