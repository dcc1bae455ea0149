/** Every refused try is an entry: from where, with what, why. */
import type { PersonId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';
import type { SftpParts } from '#gates/sftp/door.ts';

export async function recordRefusal(
  parts: SftpParts,
  attempt: { readonly from?: string; readonly person?: PersonId; readonly why: string },
): Promise<void> {
  const { from, person, why } = attempt;
  try {
    const answer = await parts.engine.command(
      { kind: 'refuse-signin', with: 'ssh-key', why, gate: 'sftp', ...(person === undefined ? {} : { person }) },
      { service: 'gate-sftp', ...(from === undefined ? {} : { from }) },
    );
    if (isRefused(answer)) parts.onTrouble?.(`a refused sign-in was not recorded: ${answer.message}`);
  } catch (error) {
    parts.onTrouble?.('a refused sign-in was not recorded', error);
  }
}
