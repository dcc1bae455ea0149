/**
 * For whom a view is made: what she may see and do *now*, and the state that is shown, which may be an older one.
 * Permission is always today's; an old state opens no door.
 */
import type { ApiContext } from '#api/context.ts';
import type { Caller } from '#api/caller.ts';
import { decide } from '#api/caller.ts';
import type { PersonRef, ProjectRef } from '#api/endpoints/views.ts';
import { couldPermit } from '#access/permits.ts';
import type { Decision, Target } from '#access/permits.ts';
import type { Action } from '#model/actions.ts';
import type { Sealed } from '#model/events.ts';
import type { Engagement, State } from '#model/state.ts';
import type { PersonId, ProjectId, RoleId } from '#std/ids.ts';

/** Whether an action was open to the viewer. */
export type Might = (action: Action, on?: Target) => boolean;

export class Viewer {
  readonly context: ApiContext;
  readonly caller: Caller;
  /** What is shown. */
  readonly state: State;
  /** The instant that is shown. */
  readonly at: number;
  readonly #present: State;
  readonly #now: number;
  readonly #answers = new Map<string, boolean>();
  #colleagues: ReadonlySet<PersonId> | undefined;
  #sessionCounts: ReadonlyMap<string, number> | undefined;

  constructor(context: ApiContext, caller: Caller, then?: { readonly state: State; readonly at: number }) {
    this.context = context;
    this.caller = caller;
    this.#present = context.engine.state();
    this.#now = context.clock.now();
    this.state = then?.state ?? this.#present;
    this.at = then?.at ?? this.#now;
  }

  may(action: Action, on: Target = {}): boolean {
    const key = `${action} ${on.project ?? ''} ${on.person ?? ''} ${on.path ?? ''}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const { allow } = decide(this.#present, this.caller, action, on, this.#now);
    this.#answers.set(key, allow);
    return allow;
  }

  allowed(actions: readonly Action[], on: Target = {}): string[] {
    return actions.filter((action) => this.may(action, on));
  }

  /**
   * What was decided about the viewer herself at the instant shown: of now, with the session that asks; of the past, wherever and however
   * she was signed in. For telling only: what she is shown is decided by `may`.
   */
  decided(action: Action, on: Target): Decision {
    if (this.at >= this.#now) return decide(this.#present, this.caller, action, on, this.#now);
    return couldPermit(this.state, { who: this.caller.person, action, on, context: {} }, this.at);
  }

  /** Her rights at the instant shown, as `decided` tells them. */
  mightOf(): Might {
    const isNow = this.at >= this.#now;
    return (action, on = {}) => (isNow ? this.may(action, on) : this.decided(action, on).allow);
  }

  person(id: PersonId): PersonRef {
    return { id, name: this.#mayName(id) ? this.nameOf(id) : null };
  }

  /** Unsealed; the caller has made sure that it may be seen. Null when erased. */
  nameOf(id: PersonId): string | null {
    const person = this.#present.people.get(id) ?? this.state.people.get(id);
    return person === undefined || person.standing === 'erased' ? null : this.unseal(person.name);
  }

  mailOf(id: PersonId): string | null {
    const person = this.#present.people.get(id);
    return person?.mail === undefined || person.standing === 'erased' ? null : this.unseal(person.mail);
  }

  unseal(field: Sealed): string | null {
    return this.context.keys.unseal(field) ?? null;
  }

  project(id: ProjectId): ProjectRef {
    return { id, alias: this.state.projects.get(id)?.alias ?? this.#present.projects.get(id)?.alias ?? id };
  }

  titleOf(id: ProjectId): string | null {
    const project = this.state.projects.get(id);
    return project !== undefined && this.may('title.see', { project: id }) ? this.unseal(project.title) : null;
  }

  role(id: RoleId): { id: RoleId; title: string } {
    return { id, title: this.state.roles.get(id)?.title ?? this.#present.roles.get(id)?.title ?? id };
  }

  seesProject(id: ProjectId): boolean {
    return this.may('project.see', { project: id });
  }

  /** Live sessions of a person or on a project; counted once for a whole list. */
  sessionCount(of: PersonId | ProjectId): number {
    this.#sessionCounts ??= countSessions(this.state);
    return this.#sessionCounts.get(of) ?? 0;
  }

  #mayName(id: PersonId): boolean {
    return id === this.caller.person || this.may('person.see') || this.#colleaguesOf().has(id);
  }

  /** People whom an artist works with: on a project where both are engaged now, its owner, and who gave her access. */
  #colleaguesOf(): ReadonlySet<PersonId> {
    if (this.#colleagues !== undefined) return this.#colleagues;
    const found = new Set<PersonId>();
    for (const [project, ids] of this.#present.index.engagementsOf.get(this.caller.person) ?? []) {
      const mine = ids
        .map((id) => this.#present.engagements.get(id))
        .filter((own) => own !== undefined && isLive(own, this.#now));
      if (mine.length === 0) continue;
      for (const own of mine) if (own?.givenBy !== undefined) found.add(own.givenBy);
      const owner = this.#present.projects.get(project)?.owner;
      if (owner !== undefined) found.add(owner);
      for (const id of this.#present.index.engagementsOn.get(project) ?? []) {
        const other = this.#present.engagements.get(id);
        if (other !== undefined && isLive(other, this.#now)) found.add(other.person);
      }
    }
    this.#colleagues = found;
    return found;
  }
}

function countSessions(state: State): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { person, project, cutOrdered } of state.sessions.values()) {
    if (cutOrdered !== undefined) continue;
    counts.set(person, (counts.get(person) ?? 0) + 1);
    if (project !== undefined) counts.set(project, (counts.get(project) ?? 0) + 1);
  }
  return counts;
}

/** A view of now, or of the instant that the query names. */
export async function viewerAt(context: ApiContext, caller: Caller, at: number | undefined): Promise<Viewer> {
  if (at === undefined || at >= context.clock.now()) return new Viewer(context, caller);
  return new Viewer(context, caller, { state: await context.engine.stateAt({ at }), at });
}

export function isLive(engagement: Engagement, at: number): boolean {
  return engagement.ended === undefined && !engagement.held && engagement.from <= at && at < engagement.until;
}

/** Leaves out members that are undefined, which is how an absent field looks in JSON. */
export function defined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T; // only undefined members went
}
