/** Where a vault keeps things in its folder. Repositories are laid out as restic lays them out: a copy of one is a repository. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectType } from '#ports/object-store.ts';

export interface Layout {
  readonly root: string;
  readonly repositories: string;
  /** What lay where an object belongs and was not that object. */
  readonly foreign: string;
  /** What was not what its name says any more, kept when the right bytes took its place. */
  readonly damaged: string;
  readonly clock: string;
  /** `name` is '' for the config. */
  pathOf(client: string, type: ObjectType, name: string): string;
}

export function layoutOf(root: string): Layout {
  const repositories = join(root, 'repositories');
  return {
    root,
    repositories,
    foreign: join(root, 'foreign'),
    damaged: join(root, 'damaged'),
    clock: join(root, 'clock.json'),
    pathOf(client, type, name) {
      const own = join(repositories, client);
      if (type === 'config') return join(own, 'config');
      return type === 'data' ? join(own, 'data', name.slice(0, 2), name) : join(own, type, name);
    },
  };
}

export interface FoundFile {
  readonly client: string;
  readonly type: ObjectType;
  readonly object: string;
  readonly path: string;
}

const CLIENT = /^[a-z0-9][a-z0-9-]{0,38}$/;
const NAME = /^[0-9a-f]{64}$/;
const PART = /^\..*\.part$/;

/** Every file of every repository, lock files left out; `part`: what an interrupted upload left behind. */
export async function* filesIn({ repositories }: Layout): AsyncGenerator<FoundFile | { readonly part: string }> {
  for (const client of await namesIn(repositories, CLIENT)) {
    const own = join(repositories, client);
    for (const object of await namesIn(own, /^config$/)) yield found(client, 'config', '', join(own, object));
    for (const part of await namesIn(own, PART)) yield { part: join(own, part) };
    for (const type of ['index', 'keys', 'snapshots'] as const) yield* objectsIn(join(own, type), client, type);
    for (const part of await namesIn(join(own, 'locks'), PART)) yield { part: join(own, 'locks', part) };
    for (const two of await namesIn(join(own, 'data'), /^[0-9a-f]{2}$/))
      yield* objectsIn(join(own, 'data', two), client, 'data');
  }
}

async function* objectsIn(folder: string, client: string, type: ObjectType) {
  for (const name of await namesIn(folder, /./)) {
    const path = join(folder, name);
    if (NAME.test(name)) yield found(client, type, name, path);
    else if (PART.test(name)) yield { part: path };
  }
}

function found(client: string, type: ObjectType, object: string, path: string): FoundFile {
  return { client, type, object, path };
}

export async function namesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => pattern.test(name));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []; // an error of Node's file functions
    throw cause;
  }
}
