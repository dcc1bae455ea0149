/** Files without their bytes: the file service decides and records each act. */
import { actorOf } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import { findProject } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { Viewer } from '#api/views/viewer.ts';
import type { Binned, FileActor, FileEntry } from '#ports/files.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

export const fileHandlers = {
  'list-files': async (context, { caller, input }) => {
    const { path, fold } = input.query;
    const listing = await on(context, caller, input.params.project, (actor, project) =>
      context.files.list(actor, project, path, fold === 'yes'),
    );
    if (isRefused(listing)) return listing;
    const { entries, may, truncated } = listing.value;
    return ok({ path: listing.value.path, entries: entries.map(fileView), may: [...may], truncated });
  },
  'see-file': async (context, { caller, input }) => {
    const file = await on(context, caller, input.params.project, (actor, project) =>
      context.files.stat(actor, project, input.query.path),
    );
    return isRefused(file) ? file : ok({ file: fileView(file.value) });
  },
  'make-folder': async (context, { caller, input }) =>
    done(
      await on(context, caller, input.params.project, (actor, project) =>
        context.files.makeFolder(actor, project, input.body.path),
      ),
    ),
  'remove-folder': async (context, { caller, input }) =>
    done(
      await on(context, caller, input.params.project, (actor, project) =>
        context.files.removeFolder(actor, project, input.body.path),
      ),
    ),
  'move-file': async (context, { caller, input }) =>
    done(
      await on(context, caller, input.params.project, (actor, project) =>
        context.files.move(actor, project, input.body.from, input.body.to),
      ),
    ),
  'bin-file': async (context, { caller, input }) => {
    const binned = await on(context, caller, input.params.project, (actor, project) =>
      context.files.bin(actor, project, input.body.path),
    );
    return isRefused(binned) ? binned : ok({ binned: binnedView(new Viewer(context, caller), binned.value) });
  },
  'list-bin': async (context, { caller, input }) => {
    const binned = await on(context, caller, input.params.project, (actor, project) =>
      context.files.listBin(actor, project),
    );
    const viewer = new Viewer(context, caller);
    return isRefused(binned) ? binned : ok({ binned: binned.value.map((one) => binnedView(viewer, one)) });
  },
  'unbin-file': async (context, { caller, input }) =>
    done(
      await on(context, caller, input.params.project, (actor, project) =>
        context.files.unbin(actor, project, input.params.binned),
      ),
    ),
  'list-set-aside': async (context, { caller, input }) => {
    const files = await on(context, caller, input.params.project, (actor, project) =>
      context.files.listSetAside(actor, project),
    );
    const viewer = new Viewer(context, caller);
    return isRefused(files) ? files : ok({ files: files.value.map((one) => ({ ...one, by: viewer.person(one.by) })) });
  },
} satisfies Handlers;

async function on<T>(
  context: ApiContext,
  caller: Caller,
  name: string,
  run: (actor: FileActor, project: ProjectId) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const state = context.engine.state();
  const project = findProject(state, name);
  return isRefused(project) ? project : run(actorOf(caller, state), project.value.id);
}

function done(outcome: Outcome<void>): Outcome<Record<string, never>> {
  return isRefused(outcome) ? outcome : ok({});
}

function fileView({ name, path, type, sizeBytes, modifiedAt, sequence, sha256, xxh64 }: FileEntry) {
  return {
    name,
    path,
    type,
    sizeBytes,
    modifiedAt,
    ...(sequence === undefined ? {} : { sequence: { ...sequence, missing: [...sequence.missing] } }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(xxh64 === undefined ? {} : { xxh64 }),
  };
}

function binnedView(viewer: Viewer, { id, path, sizeBytes, binnedAt, by, keptUntil }: Binned) {
  return { id, path, sizeBytes, binnedAt, by: viewer.person(by), keptUntil };
}
