/**
 * One-click sign-in links of the demo: a token for each person, for this run of the portal only. They are written to `run/demo-links.json`
 * beneath the data directory, readable by its owner only. Exists with `--demo`, which exists on loopback only.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import { toBase64url } from '#std/bytes.ts';
import type { PersonId } from '#std/ids.ts';

const TOKEN_BYTES = 32;
const LINKS_MAX = 200;

export interface DemoLinks {
  readonly links: ReadonlyMap<string, PersonId>;
  /** Begins to write the file, now and whenever people change. */
  publish(origin: string): void;
  close(): void;
}

export interface DemoPorts {
  readonly engine: EngineClient;
  readonly keys: SubjectKeys;
  readonly random: Random;
  readonly data: string;
}

export function followDemoLinks({ engine, keys, random, data }: DemoPorts): DemoLinks {
  const links = new Map<string, PersonId>();
  const tokens = new Map<PersonId, string>();
  const path = join(data, 'run', 'demo-links.json');
  let origin: string | undefined;

  function follow(state: State): void {
    for (const person of state.people.values()) {
      if (person.nature !== 'human' || tokens.has(person.id) || tokens.size >= LINKS_MAX) continue;
      const token = toBase64url(random.bytes(TOKEN_BYTES));
      tokens.set(person.id, token);
      links.set(token, person.id);
    }
    if (origin === undefined) return;
    // Whoever reads it meets a whole file.
    writeFileSync(`${path}.next`, JSON.stringify(rows(state, origin), null, 1), { mode: 0o600 });
    renameSync(`${path}.next`, path);
  }

  function rows(state: State, at: string) {
    return [...tokens].map(([person, token]) => ({
      person,
      name: nameOf(state, person),
      roles: rolesOf(state, person),
      url: `${at}/demo#${token}`,
    }));
  }

  function nameOf(state: State, id: PersonId): string {
    const person = state.people.get(id);
    return (person === undefined ? undefined : keys.unseal(person.name)) ?? id;
  }

  const unsubscribe = engine.subscribe((placed, state) => {
    if (placed.some(({ entry }) => RELEVANT.test(entry.kind))) follow(state);
  });
  follow(engine.state());
  return {
    links,
    publish(at) {
      origin = at;
      follow(engine.state());
    },
    close() {
      unsubscribe();
      rmSync(path, { force: true });
    },
  };
}

const RELEVANT = /^(person\.|engagement\.given|facility\.created)/;

/** `producer on nightjar`, `owner`. */
function rolesOf(state: State, id: PersonId): readonly string[] {
  const facility = state.people.get(id)?.roles.map(({ role }) => role) ?? [];
  const projects = [...(state.index.engagementsOf.get(id)?.values() ?? [])].flat().flatMap((engagement) => {
    const known = state.engagements.get(engagement);
    const alias = known === undefined ? undefined : state.projects.get(known.project)?.alias;
    return known === undefined || alias === undefined || known.ended !== undefined ? [] : [`${known.role} on ${alias}`];
  });
  return [...facility, ...projects];
}
