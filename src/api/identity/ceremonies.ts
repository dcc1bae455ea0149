/**
 * Ceremonies that have begun and wait for their answer. Each is bound to one purpose (and person, and invitation), answers
 * once (a mistyped code may be given again), and is over after 5 minutes. A restart forgets them; the person starts again.
 */
import { makeToken } from '#api/identity/token.ts';
import type { Clock } from '#ports/clock.ts';
import type { Random } from '#ports/random.ts';
import type { Outcome } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

/** Of a code or a password within one ceremony. */
const TRIES_MAX = 8;
export const CEREMONY_MS = 5 * 60_000;
export const CEREMONIES_MAX = 5_000;

export type Purpose = 'sign-in' | 'step-up' | 'first-run' | 'invitation' | 'add-credential';

export interface Ceremony {
  readonly purpose: Purpose;
  /** WebAuthn challenge, base64url. */
  readonly challenge: string;
  /** What the ceremony is about: a person's id, a session's, an invitation's. An answer about another subject is refused. */
  readonly subject: string;
  /** A proposed TOTP secret, base32. */
  readonly totpSecret?: string;
}

export interface Taken extends Ceremony {
  readonly tries: number;
  readonly endsAt: number;
}

export class Ceremonies {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #waiting = new Map<string, Taken>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.size;
  }

  challenge(): string {
    return makeToken(this.#random);
  }

  start(ceremony: Ceremony): string {
    this.#forgetOver();
    const id = makeToken(this.#random);
    this.#waiting.set(id, { ...ceremony, tries: 0, endsAt: this.#clock.monotonic() + CEREMONY_MS });
    return id;
  }

  /** The ceremony, once: it is gone, unless it is given back. */
  take(id: string, purpose: Purpose, subject: string): Outcome<Taken> {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    const fits =
      waiting?.purpose === purpose && waiting.subject === subject && this.#clock.monotonic() < waiting.endsAt;
    if (waiting === undefined || !fits)
      return refused('ceremony-over', 'This step has timed out or was used already.', 'Start again.');
    return ok(waiting);
  }

  /**
   * Puts a ceremony back for another try, within its old time: a mistyped code or a weak password must not cost a new QR code. For
   * secrets that this browser was shown anyway; a challenge that was signed once is never put back.
   */
  giveBack(id: string, ceremony: Taken): void {
    if (ceremony.tries + 1 < TRIES_MAX) this.#waiting.set(id, { ...ceremony, tries: ceremony.tries + 1 });
  }

  /** All live equally long, so the oldest stand first. */
  #forgetOver(): void {
    const now = this.#clock.monotonic();
    for (const [id, { endsAt }] of this.#waiting) {
      if (endsAt > now && this.#waiting.size < CEREMONIES_MAX) return;
      this.#waiting.delete(id);
    }
  }
}
