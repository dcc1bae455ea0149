/** The live sessions of one gate, and those that ended lately: an order about the same end names them in its receipt. */
import type { Live } from '#gates/registry/live.ts';
import type { Clock } from '#ports/clock.ts';
import type { SessionId } from '#std/ids.ts';

const ENDED_KEPT = 4096;
const ENDED_KEPT_MS = 60_000;

export class Roll {
  readonly live = new Map<SessionId, Live>();
  readonly #clock: Clock;
  #ended: { readonly session: Live; readonly at: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From live to ended. */
  strike(session: Live): void {
    this.live.delete(session.id);
    const at = this.#clock.now();
    this.#ended.push({ session, at });
    if (this.#ended.length > ENDED_KEPT)
      this.#ended = this.#ended.filter((one) => at - one.at < ENDED_KEPT_MS).slice(-ENDED_KEPT / 2);
  }

  hasEnded(id: SessionId): boolean {
    return this.#ended.some(({ session }) => session.id === id);
  }

  /** Ended by their own deadline, at most a minute before that time. */
  endedByClock(before: number): readonly Live[] {
    return this.#ended
      .filter(({ session, at }) => session.closed === 'clock' && at >= before - ENDED_KEPT_MS)
      .map(({ session }) => session);
  }
}
