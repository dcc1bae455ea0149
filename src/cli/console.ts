/**
 * What commands work with: the running engine of a data directory, the keys beside it, the clock. Local administration is
 * allowed by the directory's file permissions; every change is recorded as made at the console, with the name of the
 * operating system's user.
 */
import { userInfo } from 'node:os';
import { Failure } from './failure.ts';
import type { Output } from './output.ts';
import { connectConsole } from './connect.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import type { Command as EngineCommand } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import type { Person, Project, State } from '#model/state.ts';
import type { Applied, EngineClient } from '#ports/engine.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import { isRefused } from '#std/refused.ts';

export interface Console {
  readonly engine: EngineClient;
  readonly keys: SubjectKeys;
  readonly output: Output;
  readonly now: number;
  state(): State;
  /** Refusals become failures. */
  change(command: EngineCommand): Promise<Applied>;
  /** A person by id, mail address or name. */
  person(text: string): Person;
  project(alias: string): Project;
  nameOf(person: Person['id']): string;
}

export async function withConsole(
  data: string,
  output: Output,
  run: (console: Console) => Promise<void>,
): Promise<void> {
  const engine = await connectConsole(data);
  try {
    await run(consoleOver(engine, openSubjectKeys(data), output));
  } finally {
    await engine.close();
  }
}

function consoleOver(engine: EngineClient, keys: SubjectKeys, output: Output): Console {
  const by: By = { service: 'console', from: `os-user:${userInfo().username}`.slice(0, 64) };
  const state = (): State => engine.state();
  const nameOf = (id: Person['id']): string => {
    const person = state().people.get(id);
    return (person === undefined ? undefined : keys.unseal(person.name)) ?? id;
  };
  return {
    engine,
    keys,
    output,
    now: Date.now(),
    state,
    nameOf,
    async change(command) {
      const answer = await engine.command(command, by);
      if (isRefused(answer)) throw answerFailure(answer.code, answer.message, answer.ask);
      return answer;
    },
    person(text) {
      const found = [...state().people.values()].filter((person) => isMeant(person, text, keys));
      const [only, another] = found;
      if (only === undefined)
        throw new Failure('no-such-person', `Nobody here is ${text}.`, { next: 'picturelock person list' });
      if (another !== undefined)
        throw new Failure('several-people', `${found.length} people are called ${text}.`, {
          next: 'Name the id: picturelock person list',
        });
      return only;
    },
    project(alias) {
      const id = state().index.projectByAlias.get(alias);
      const found = id === undefined ? undefined : state().projects.get(id);
      if (found === undefined)
        throw new Failure('no-such-project', `There is no project ${alias}.`, { next: 'picturelock project list' });
      return found;
    },
  };
}

function answerFailure(code: string, message: string, ask: string | undefined): Failure {
  return new Failure(code, message, { next: ask });
}

function isMeant(person: Person, text: string, keys: SubjectKeys): boolean {
  if (person.id === text) return true;
  const wanted = text.toLowerCase();
  return [person.mail, person.name].some(
    (field) => field !== undefined && keys.unseal(field)?.toLowerCase() === wanted,
  );
}
