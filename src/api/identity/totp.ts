/** TOTP (RFC 6238): SHA-1, 6 digits, 30 s, one step either way, and no code twice. */
import { Secret, TOTP } from 'otpauth';
import { hashToken } from '#api/identity/token.ts';
import type { Random } from '#ports/random.ts';

export const TOTP_STEP_MS = 30_000;
const WINDOW_STEPS = 1;
const SECRET_BYTES = 20;
const REMEMBERED_MAX = 10_000;

export function makeTotpSecret(random: Random): string {
  return new Secret({ buffer: Uint8Array.from(random.bytes(SECRET_BYTES)).buffer }).base32;
}

/** For the QR code of the enrolment page. */
export function totpUri(secret: string, facility: string, person: string): string {
  return totp(secret, facility, person).toString();
}

function totp(secret: string, issuer = 'Picturelock', label = 'sign-in'): TOTP {
  return new TOTP({
    issuer,
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: TOTP_STEP_MS / 1000,
    secret: Secret.fromBase32(secret),
  });
}

/** The step that the code belongs to, or undefined. */
export function totpStep(secret: string, code: string, nowMs: number): number | undefined {
  const delta = totp(secret).validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  return delta === null ? undefined : Math.floor(nowMs / TOTP_STEP_MS) + delta;
}

/**
 * Remembers the newest step used per secret. Of what an earlier process took nothing is remembered: then a code counts only when it is
 * newer than any that can have been used before this one started, by a person whom the ledger has seen by then.
 */
export class UsedSteps {
  readonly #startedAt: number;
  readonly #newest = new Map<string, number>();

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** True once per step and secret; older steps than the newest used are refused too (RFC 6238 section 5.2). */
  use(secret: string, step: number, lastSeenAt: number | undefined): boolean {
    const key = hashToken(secret);
    if (step <= (this.#newest.get(key) ?? this.#fromLedger(lastSeenAt))) return false;
    this.#newest.delete(key);
    this.#newest.set(key, step);
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > REMEMBERED_MAX && oldest !== undefined) this.#newest.delete(oldest);
    return true;
  }

  #fromLedger(lastSeenAt: number | undefined): number {
    if (lastSeenAt === undefined) return -1;
    return Math.floor(Math.min(lastSeenAt, this.#startedAt) / TOTP_STEP_MS) + WINDOW_STEPS;
  }
}
