/** For tests: asks the rules about a drawn world, and shows what they answered. */
import type { Command, CommandOf } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By, Draft, Sealed } from '#model/events.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import { assert } from '#std/assert.ts';
import type { CutId, EngagementId, PersonId, ProjectId, RoleId } from '#std/ids.ts';

export const BLANK: Sealed = { subject: 'facility', salt: '', box: '' };
export const CONSOLE: By = { service: 'console' };

export function verdict(world: DrawnWorld, command: Command, by: By = CONSOLE): string {
  const outcome = decide(world.state, command, { by, at: world.at });
  return outcome.kind === 'ok' ? 'yes' : outcome.code;
}

export function drafts(world: DrawnWorld, command: Command, by: By = CONSOLE): readonly Draft[] {
  const outcome = decide(world.state, command, { by, at: world.at });
  assert(outcome.kind === 'ok', JSON.stringify(outcome));
  return outcome.value;
}

/** Each draft as `stream kind`, with names for the streams. */
export function shape(all: readonly Draft[], names: { readonly [stream: string]: string }): readonly string[] {
  return all.map(({ stream, kind }) => `${names[stream] ?? stream} ${kind}`);
}

export function role(name: string): RoleId {
  return name as RoleId; // a role's id is its name
}

export function giving(
  world: DrawnWorld,
  person: PersonId,
  project: ProjectId,
  rest: Partial<CommandOf<'give-engagement'>> = {},
): CommandOf<'give-engagement'> {
  return {
    kind: 'give-engagement',
    engagement: newId(world, 'engagement'),
    person,
    project,
    role: role('editor'),
    from: world.at,
    until: world.at + 30 * DAY_MS,
    ...rest,
  };
}

export function cutOf(world: DrawnWorld): CutId {
  return newId(world, 'cut');
}

export interface Busy {
  readonly world: DrawnWorld;
  readonly she: PersonId;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  readonly engagement: EngagementId;
  readonly names: { readonly [stream: string]: string };
}

/** Somebody on two projects, with a key. */
export function busy(): Busy {
  const world = drawWorld();
  const she = addPerson(world);
  const alpha = addProject(world, 'alpha');
  const beta = addProject(world, 'beta');
  const engagement = engage(world, she, alpha, 'editor');
  engage(world, she, beta, 'colourist');
  const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  ask(world, {
    kind: 'add-credential',
    credential: newId(world, 'credential'),
    person: she,
    what,
    label: 'laptop',
    expiresAt: world.at + DAY_MS,
  });
  return { world, she, alpha, beta, engagement, names: { [alpha]: 'alpha', [beta]: 'beta' } };
}
