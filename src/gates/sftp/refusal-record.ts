/**
 * Every refused try is an entry: from where, with what, why. Of one address the tries beyond a limit within a window are told by one more
 * entry, `too-many-tries`, and then no more: a flood does not flood the ledger.
 */
import { Attempts } from '#gates/sftp/attempts.ts';
import type { SftpParts } from '#gates/sftp/door.ts';
import type { GateLimits } from '#gates/sftp/limits.ts';
import type { CredentialId, PersonId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

export interface RefusedTry {
  readonly from?: string | undefined;
  readonly person?: PersonId | undefined;
  readonly credential?: CredentialId | undefined;
  /** `ssh-key` when absent; else the method of SSH that was tried: `ssh-password`. */
  readonly with?: string;
  readonly why: string;
}

export class RefusalRecord {
  readonly #parts: SftpParts;
  readonly #limits: GateLimits;
  readonly #noted: Attempts;

  constructor(parts: SftpParts, limits: GateLimits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#noted = new Attempts(parts.clock, limits);
  }

  async record(attempt: RefusedTry): Promise<void> {
    const count = this.#noted.failed(attempt.from ?? 'unknown');
    if (count > this.#limits.triesPerAddressMax) return;
    await this.#tell(attempt);
    if (count === this.#limits.triesPerAddressMax) await this.#tell({ from: attempt.from, why: 'too-many-tries' });
  }

  async #tell({ from, person, credential, with: factor = 'ssh-key', why }: RefusedTry): Promise<void> {
    const { engine, onTrouble } = this.#parts;
    const whose = {
      ...(person === undefined ? {} : { person }),
      ...(credential === undefined ? {} : { credential }),
    };
    try {
      const answer = await engine.command(
        { kind: 'refuse-signin', with: factor, why, gate: 'sftp', ...whose },
        { service: 'gate-sftp', ...(from === undefined ? {} : { from }) },
      );
      if (isRefused(answer)) onTrouble?.(`a refused sign-in was not recorded: ${answer.message}`);
    } catch (error) {
      onTrouble?.('a refused sign-in was not recorded', error);
    }
  }
}
