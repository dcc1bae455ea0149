/** One thing that speaks for an attack, about one file or about many. */
import type { alarmSign } from '#model/backup-shapes.ts';
import type { z } from 'zod';

export type AlarmSign = z.infer<typeof alarmSign>;
export type SignName = AlarmSign['sign'];

/** What an alarm has room for. */
export const SIGNS_MAX = 20;
export const EXAMPLES_MAX = 10;
export const EXAMPLE_CHARS_MAX = 300;
export const SAYS_CHARS_MAX = 300;

export interface Mark {
  readonly sign: SignName;
  /** 1 is an alarm by itself. */
  readonly weight: number;
  /** All marks of this sign and cap together weigh so much at most. */
  readonly cap?: number;
  /** Whether work that is announced looks like this too: only then does a window lift it. */
  readonly isLiftable: boolean;
  /** What was seen, in a few words. */
  readonly says: string;
}

/** From here on it is an alarm. */
export const ALARM_SCORE = 1;

export function certain(sign: SignName, says: string, weight = 1): Mark {
  return { sign, weight, isLiftable: false, says };
}

export function liftable(sign: SignName, says: string, weight: number, cap?: number): Mark {
  return { sign, weight, isLiftable: true, says, ...(cap === undefined ? {} : { cap }) };
}
