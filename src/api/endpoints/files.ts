/** Files without their bytes; bytes go through `/files` and `/uploads` (docs/spec/files.md). */
import { z } from 'zod';
import { id, path, time } from '#model/events.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { projectParam } from '#api/endpoints/parts.ts';
import { fileEntryView, personRef } from '#api/endpoints/views.ts';

const pathBody = z.strictObject({ path: path.min(1) });

const binnedView = z.strictObject({
  id: id('binned'),
  path: z.string(),
  sizeBytes: z.int(),
  binnedAt: time,
  by: personRef,
  keptUntil: time,
});

export const fileEndpoints = {
  'list-files': get('/projects/:project/files', {
    summary: 'A folder; image sequences are folded unless `fold=no`.',
    needs: 'file.list',
    scope: 'each',
    params: projectParam,
    query: z.strictObject({ path: path.default(''), fold: z.enum(['yes', 'no']).default('yes') }),
    response: z.strictObject({
      path: z.string(),
      entries: z.array(fileEntryView),
      may: z.array(z.string()),
      truncated: z.boolean(),
    }),
  }),
  'see-file': get('/projects/:project/file', {
    summary: 'One file.',
    needs: 'file.list',
    scope: 'each',
    params: projectParam,
    query: z.strictObject({ path: path.min(1) }),
    response: z.strictObject({ file: fileEntryView }),
  }),
  'make-folder': post('/projects/:project/folders', {
    summary: 'Makes a folder.',
    needs: 'folder.make',
    scope: 'each',
    params: projectParam,
    body: pathBody,
  }),
  'remove-folder': post('/projects/:project/folders/removal', {
    summary: 'Removes an empty folder.',
    needs: 'file.delete',
    scope: 'each',
    params: projectParam,
    body: pathBody,
  }),
  'move-file': post('/projects/:project/files/move', {
    summary: 'Moves or renames; never over an existing file.',
    needs: 'file.move',
    scope: 'each',
    params: projectParam,
    body: z.strictObject({ from: path.min(1), to: path.min(1) }),
  }),
  'bin-file': post('/projects/:project/files/bin', {
    summary: 'Puts a file in the bin.',
    needs: 'file.delete',
    scope: 'each',
    params: projectParam,
    body: pathBody,
    response: z.strictObject({ binned: binnedView }),
  }),
  'list-bin': get('/projects/:project/bin', {
    summary: 'The bin.',
    needs: 'file.restore',
    scope: 'each',
    params: projectParam,
    response: z.strictObject({ binned: z.array(binnedView) }),
  }),
  'unbin-file': post('/projects/:project/bin/:binned/restoration', {
    summary: 'Takes a file out of the bin.',
    needs: 'file.restore',
    scope: 'each',
    params: projectParam.extend({ binned: id('binned') }),
  }),
  'list-set-aside': get('/projects/:project/set-aside', {
    summary: 'Uploads that were refused after they arrived, and why.',
    needs: 'file.list',
    scope: 'each',
    params: projectParam,
    response: z.strictObject({
      files: z.array(
        z.strictObject({
          upload: id('upload'),
          path: z.string(),
          why: z.string(),
          at: time,
          by: personRef,
          sizeBytes: z.int(),
          keptUntil: time,
        }),
      ),
    }),
  }),
} as const;
