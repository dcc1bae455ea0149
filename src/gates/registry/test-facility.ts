/** A small facility on a real engine in memory, and a clock that only a test moves. */
import { openLocalEngine } from '#engine/local.ts';
import type { LocalEngine } from '#engine/local.ts';
import { foundFacility } from '#engine/test-founding.ts';
import type { Founded } from '#engine/test-founding.ts';
import type { RegistryOptions } from '#gates/registry/registry.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Clock } from '#ports/clock.ts';
import type { Random } from '#ports/random.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import { randomBytes } from 'node:crypto';

export const START = Date.UTC(2026, 2, 2, 9);
export { newId } from '#engine/test-founding.ts';

export class TestClock implements Clock {
  #now = START;
  #monotonic = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  atTime(at: number, run: () => void): () => void {
    const timer = { at, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs every timer on the way, each at its own time, and lets what they started settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#go(Math.max(this.#now, next.at));
      next.run();
      await settle();
    }
    this.#go(end);
    await settle();
  }

  /** The wall clock alone is set back; no time passes. */
  setBack(ms: number): void {
    this.#now -= ms;
  }

  /** Time passes and no timer fires, as when the wall clock was set back before. */
  passUnnoticed(ms: number): void {
    this.#monotonic += ms;
  }

  #go(to: number): void {
    this.#monotonic += Math.max(0, to - this.#now);
    this.#now = to;
  }
}

export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

export const random: Random = { bytes: (count) => randomBytes(count) };

export interface TestFacility {
  readonly engine: LocalEngine;
  readonly clock: TestClock;
  readonly owner: PersonId;
  readonly asOwner: By;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  do(command: Command, by?: By): Promise<void>;
  engage: Founded['engage'];
  registry(
    options: Pick<RegistryOptions, 'gate' | 'decide' | 'shape'> & Partial<RegistryOptions>,
  ): ReturnType<typeof createRegistry>;
}

export async function testFacility(): Promise<TestFacility> {
  const clock = new TestClock();
  const engine = await openLocalEngine({ clock });
  const { owner, asOwner, act, project, engage } = await foundFacility(engine, {
    now: () => clock.now(),
    ownerSessionMs: 6 * DAY_MS,
  });
  const [alpha, beta] = [await project('alpha'), await project('beta')];
  return {
    engine,
    clock,
    owner,
    asOwner,
    alpha,
    beta,
    do: act,
    engage,
    registry: (options) => createRegistry({ engine, clock, random, ...options }),
  };
}
