/**
 * A facility that has just been founded, for tests and benches that drive an engine by commands: its owner has a session on a gate of her own, out
 * of everybody's way, and whoever is needed is put on a project in one line.
 */
import { randomFillSync } from 'node:crypto';
import type { Command } from '#model/commands.ts';
import type { By, Sealed } from '#model/events.ts';
import { DAY_MS } from '#model/limits.ts';
import type { EngineClient } from '#ports/engine.ts';
import { Bug } from '#std/assert.ts';
import type { EngagementId, Id, IdKind, PersonId, ProjectId, RoleId, SessionId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

/** Of every project that is founded here. */
export const FOLDERS = ['media', 'project', 'incoming', 'deliveries', 'review'];
const OWNER_DAYS = 300;

export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return makeId(kind, randomFillSync(new Uint8Array(ID_RANDOM_BYTES)));
}

/** A name that nobody will read. */
function nameless(): Sealed {
  return { subject: 'facility', salt: '', box: '' };
}

export interface FoundingOptions {
  readonly now?: () => number;
  /** Seals names and titles under their subject's key, where something shows them. */
  readonly seal?: (subject: PersonId | ProjectId, text: string) => Sealed;
  readonly ownerSessionMs?: number;
}

export interface Founded {
  readonly owner: PersonId;
  readonly session: SessionId;
  readonly asOwner: By;
  /** Asks the engine; a refusal is a mistake in the test. */
  act(command: Command, by?: By): Promise<void>;
  project(alias: string): Promise<ProjectId>;
  /** Somebody new, with an engagement on each project for so many ms. */
  engage(
    role: string,
    on: readonly (readonly [ProjectId, number])[],
    name?: string,
  ): Promise<{ readonly person: PersonId; readonly engagements: readonly EngagementId[] }>;
}

export async function foundFacility(
  engine: Pick<EngineClient, 'command'>,
  { now = Date.now, seal = nameless, ownerSessionMs = DAY_MS }: FoundingOptions = {},
): Promise<Founded> {
  const [owner, session] = [newId('person'), newId('session')];
  const asOwner: By = { person: owner, session };
  async function act(command: Command, by: By = asOwner): Promise<void> {
    const outcome = await engine.command(command, by);
    if (outcome.kind === 'refused') throw new Bug(`${command.kind}: ${outcome.code} ${outcome.message}`);
  }
  const named = { name: 'Post', timeZone: 'UTC', origin: 'post.example/log' } as const;
  const rights = { ownerRolesUntil: now() + OWNER_DAYS * DAY_MS, exception: newId('exception') };
  await act(
    { kind: 'create-facility', ...named, owner, ownerName: seal(owner, 'Olive Owner'), ...rights },
    { service: 'gate-portal' },
  );
  const until = now() + ownerSessionMs;
  await act(
    { kind: 'open-session', session, person: owner, gate: 'shell', until, factorAt: now() },
    { service: 'gate-shell' },
  );
  return {
    owner,
    session,
    asOwner,
    act,
    async project(alias) {
      const project = newId('project');
      const title = seal(project, alias);
      await act({ kind: 'create-project', project, alias, title, level: 'standard', owner, folders: FOLDERS });
      return project;
    },
    async engage(role, on, name = 'Guest') {
      const person = newId('person');
      await act({ kind: 'add-person', person, nature: 'human', name: seal(person, name), roles: [] });
      const engagements: EngagementId[] = [];
      for (const [project, ms] of on) {
        const [engagement, from] = [newId('engagement'), now()];
        const whose = { engagement, person, project, role: role as RoleId }; // a built-in role
        await act({ kind: 'give-engagement', ...whose, from, until: from + ms });
        engagements.push(engagement);
      }
      return { person, engagements };
    },
  };
}
