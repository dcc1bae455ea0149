/** A small facility on a real engine in memory, and a clock that only a test moves. */
import { openLocalEngine } from '#engine/local.ts';
import type { LocalEngine } from '#engine/local.ts';
import type { RegistryOptions } from '#gates/registry/registry.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import type { Command } from '#model/commands.ts';
import type { By, Sealed } from '#model/events.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Clock } from '#ports/clock.ts';
import type { Random } from '#ports/random.ts';
import type { EngagementId, Id, IdKind, PersonId, ProjectId, RoleId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { Bug } from '#std/assert.ts';
import { randomBytes } from 'node:crypto';

export const START = Date.UTC(2026, 2, 2, 9);
const NAME: Sealed = { subject: 'facility', salt: '', box: '' };
const FOLDERS = ['media', 'project', 'incoming', 'deliveries', 'review'];

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

export function newId<K extends IdKind>(kind: K): Id<K> {
  return makeId(kind, random.bytes(ID_RANDOM_BYTES));
}

export interface TestFacility {
  readonly engine: LocalEngine;
  readonly clock: TestClock;
  readonly owner: PersonId;
  readonly asOwner: By;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  do(command: Command, by?: By): Promise<void>;
  /** A new person with an engagement on each project for so many ms. */
  engage(
    role: string,
    on: readonly (readonly [ProjectId, number])[],
  ): Promise<{ readonly person: PersonId; readonly engagements: readonly EngagementId[] }>;
  registry(
    options: Pick<RegistryOptions, 'gate' | 'decide' | 'shape'> & Partial<RegistryOptions>,
  ): ReturnType<typeof createRegistry>;
}

export async function testFacility(): Promise<TestFacility> {
  const clock = new TestClock();
  const engine = await openLocalEngine({ clock });
  const owner = newId('person');
  const session = newId('session');
  const asOwner: By = { person: owner, session };
  async function act(command: Command, by: By = asOwner): Promise<void> {
    const outcome = await engine.command(command, by);
    if (outcome.kind === 'refused') throw new Bug(`${command.kind}: ${outcome.code} ${outcome.message}`);
  }
  const until = START + 300 * DAY_MS;
  await act(
    {
      kind: 'create-facility',
      name: 'Post',
      timeZone: 'UTC',
      origin: 'post.example/log',
      owner,
      ownerName: NAME,
      ownerRolesUntil: until,
      exception: newId('exception'),
    },
    { service: 'gate-portal' },
  );
  // The owner's own session stands on another gate, out of every test's way.
  await act(
    { kind: 'open-session', session, person: owner, gate: 'shell', until: START + 6 * DAY_MS, factorAt: START },
    { service: 'gate-shell' },
  );
  const [alpha, beta] = [newId('project'), newId('project')];
  await act({
    kind: 'create-project',
    project: alpha,
    alias: 'alpha',
    title: NAME,
    level: 'standard',
    owner,
    folders: FOLDERS,
  });
  await act({
    kind: 'create-project',
    project: beta,
    alias: 'beta',
    title: NAME,
    level: 'standard',
    owner,
    folders: FOLDERS,
  });
  return {
    engine,
    clock,
    owner,
    asOwner,
    alpha,
    beta,
    do: act,
    async engage(role, on) {
      const person = newId('person');
      await act({ kind: 'add-person', person, nature: 'human', name: NAME, roles: [] });
      const engagements: EngagementId[] = [];
      for (const [project, ms] of on) {
        const engagement = newId('engagement');
        await act({
          kind: 'give-engagement',
          engagement,
          person,
          project,
          role: role as RoleId,
          from: clock.now(),
          until: clock.now() + ms,
        }); // a built-in role
        engagements.push(engagement);
      }
      return { person, engagements };
    },
    registry: (options) => createRegistry({ engine, clock, random, ...options }),
  };
}
