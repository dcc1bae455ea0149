/** For whom a conversation is held, and what paths mean to her. */
import type { Project } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { FileActor, FileEntry, FileService } from '#ports/files.ts';
import type { Needs } from '#ports/sessions.ts';
import { refused, type Refused } from '#std/refused.ts';
import type { FileFacts } from '#gates/sftp/attributes.ts';
import { resolvePath } from '#gates/sftp/paths.ts';
import { shownProject, shownProjects } from '#gates/sftp/projects.ts';
import type { NamedFacts } from '#gates/sftp/replies.ts';

export interface Speaker {
  readonly files: FileService;
  readonly engine: Pick<EngineClient, 'state'>;
  readonly clock: Clock;
  readonly actor: FileActor;
  /** Watches the right that an open file lives by: when it ends, so does the connection. The result stops watching. */
  readonly guard: (needs: Needs) => () => void;
}

/** A place in a project that the person is on. */
export interface Spot {
  readonly project: Project;
  readonly path: string;
}

const NO_SUCH: Refused = refused('not-found', 'There is no such file or folder.');
/** Where a path leads for this person: a place in a project, the list of projects, or a refusal. */
export function spotOf(path: string, speaker: Speaker): Spot | 'root' | Refused {
  const place = resolvePath(path);
  if (place.kind === 'too-deep') return refused('path-too-deep', 'This path has too many parts.');
  if (place.kind === 'root') return 'root';
  const project = shownProject(speaker.engine.state(), speaker.actor.person, place.alias, speaker.clock.now());
  return project === undefined ? NO_SUCH : { project, path: place.path };
}

export function rootNames(speaker: Speaker): readonly NamedFacts[] {
  const shown = shownProjects(speaker.engine.state(), speaker.actor.person, speaker.clock.now());
  return shown.map((project) => ({ name: project.alias, ...projectFacts(project) }));
}

export function factsOf(entry: FileEntry): FileFacts {
  return { isFolder: entry.type === 'folder', sizeBytes: entry.sizeBytes, modifiedAt: entry.modifiedAt };
}

export function projectFacts(project: Project): FileFacts {
  return { isFolder: true, sizeBytes: 0, modifiedAt: project.standingSince };
}
