/** All workspaces beneath one folder: `<folder>/<projectId>/`. */
import { closeSync, constants, fsyncSync, mkdirSync, openSync } from 'node:fs';
import type { ProjectId } from '#std/ids.ts';
import { isId } from '#std/ids.ts';
import { assert } from '#std/assert.ts';
import type { Workspace, Workspaces } from '#ports/workspace.ts';
import { bootId } from '#host/workspace/claim.ts';
import { PartThreads } from '#host/workspace/part-threads.ts';
import { FolderWorkspace } from '#host/workspace/folder-workspace.ts';
import { makeRoom } from '#host/workspace/hidden-rooms.ts';

/** `folder` is made when missing. The caller closes. */
export function openWorkspaces(folder: string): Workspaces {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new FolderWorkspaces(openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY));
}

class FolderWorkspaces implements Workspaces {
  readonly bootId = bootId();
  readonly #root: number;
  readonly #pool = new PartThreads();
  readonly #open = new Map<ProjectId, { readonly workspace: FolderWorkspace; readonly made: Set<string> }>();

  constructor(root: number) {
    this.#root = root;
  }

  open(project: ProjectId, folders: readonly string[]): Workspace {
    assert(isId('project', project), 'a project id names a folder');
    const known = this.#open.get(project) ?? this.#add(project);
    const missing = folders.filter((name) => !known.made.has(name));
    if (missing.length > 0) this.#makeTop(project, missing);
    for (const name of missing) known.made.add(name);
    return known.workspace;
  }

  async close(): Promise<void> {
    for (const { workspace } of this.#open.values()) await workspace.close();
    await this.#pool.close();
    this.#open.clear();
    closeSync(this.#root);
  }

  #add(project: ProjectId): { readonly workspace: FolderWorkspace; readonly made: Set<string> } {
    const known = {
      workspace: new FolderWorkspace(project, makeRoom(this.#root, project), this.#pool),
      made: new Set<string>(),
    };
    fsyncSync(this.#root);
    this.#open.set(project, known);
    return known;
  }

  #makeTop(project: ProjectId, folders: readonly string[]): void {
    const root = makeRoom(this.#root, project);
    for (const name of folders) closeSync(makeRoom(root, name));
    fsyncSync(root);
    closeSync(root);
  }
}
