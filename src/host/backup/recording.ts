/** Puts on record what the backup service found. Where the ledger cannot hold it, what is left without anybody else's words is recorded in its place. */
import type { Command, CommandOf } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import type { EngineClient } from '#ports/engine.ts';
import { fitText } from '#ledger/entry-text.ts';
import { Fault, isRefused } from '#std/refused.ts';
import { fitAlarm, plainAlarm } from '#vault/detect/fit-alarm.ts';

export interface RecordingParts {
  readonly engine: Pick<EngineClient, 'command'>;
  readonly by: By;
  onTrouble(what: string, cause: unknown): void;
}

export async function record({ engine, by }: Omit<RecordingParts, 'onTrouble'>, command: Command): Promise<void> {
  const answer = await engine.command(command, by);
  if (isRefused(answer)) throw new Fault(answer.code, answer.message);
}

/** `plain` when `command` is refused for good; what fails for a while is thrown. */
export async function recordOrPlain(parts: RecordingParts, command: Command, plain: Command): Promise<void> {
  try {
    await record(parts, command);
  } catch (cause) {
    if (cause instanceof Fault && cause.retry) throw cause;
    parts.onTrouble(`${command.kind} is recorded without its texts`, cause);
    await record(parts, plain);
  }
}

/** Whatever an attacker calls a file, it is raised: removals pause, and the last clean snapshot is named. */
export function raiseAlarm(parts: RecordingParts, alarm: CommandOf<'raise-alarm'>): Promise<void> {
  return recordOrPlain(parts, fitAlarm(alarm), plainAlarm(alarm));
}

const CODE_CHARS_MAX = 60;
const SAYS_CHARS_MAX = 500;

/** Why something failed: messages name files, and names are chosen by others. */
export function failureWords(cause: unknown): { readonly code: string; readonly says: string } {
  const { code, message } = cause instanceof Fault ? cause : { code: 'fault', message: String(cause) };
  return { code: fitText(code, CODE_CHARS_MAX), says: fitText(message, SAYS_CHARS_MAX) };
}
