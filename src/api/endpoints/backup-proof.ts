/** Restores, drills and the runbook. Names of files are for those who may restore them. */
import { z } from 'zod';
import { restoreData } from '#model/backup-shapes.ts';
import { alias, hash, id } from '#model/entry-shapes.ts';
import {
  drillView,
  pathVersionView,
  progressView,
  reportLineView,
  restoreView,
  snapshotDiffView,
  snapshotEntryView,
  touchedView,
} from '#api/endpoints/backup-views.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { atQuery, done, projectParam, whole } from '#api/endpoints/parts.ts';

const backupParam = z.strictObject({ backup: id('backup') });

export const SNAPSHOT_FOUND_MAX = 200;
export const SNAPSHOT_DIFF_MAX = 1000;

export const backupProofEndpoints = {
  'list-snapshot': get('/backups/:backup/tree', {
    summary: 'What lies in a folder of the workspace as a snapshot holds it.',
    needs: 'backup.restore',
    scope: 'facility',
    params: backupParam,
    query: z.strictObject({ path: z.string().max(4096).optional() }),
    response: z.strictObject({ entries: z.array(snapshotEntryView), more: z.int() }),
  }),
  'find-in-snapshot': get('/backups/:backup/find', {
    summary: 'Files and folders of a snapshot whose path contains a text.',
    needs: 'backup.restore',
    scope: 'facility',
    params: backupParam,
    query: z.strictObject({ text: z.string().min(1).max(200) }),
    response: z.strictObject({ entries: z.array(snapshotEntryView), limited: z.boolean() }),
  }),
  'diff-snapshots': get('/backups/:backup/diff', {
    summary:
      'What came, went, moved or became different from one snapshot to another; from the one before it in its policy when none is named.',
    needs: 'backup.restore',
    scope: 'facility',
    params: backupParam,
    query: z.strictObject({ from: id('backup').optional(), path: z.string().max(4096).optional() }),
    response: snapshotDiffView,
  }),
  'find-in-backups': get('/projects/:project/backups/find', {
    summary:
      'Files and folders whose path contains a text, over all snapshots of a project: each version, and which snapshots show it.',
    needs: 'backup.restore',
    scope: 'facility',
    params: projectParam,
    query: z.strictObject({ text: z.string().min(1).max(200) }),
    response: z.strictObject({ versions: z.array(pathVersionView), limited: z.boolean() }),
  }),
  'file-versions': get('/projects/:project/backups/versions', {
    summary: 'Every version of one path over all snapshots of a project, newest first.',
    needs: 'backup.restore',
    scope: 'facility',
    params: projectParam,
    query: z.strictObject({ path: z.string().min(1).max(4096) }),
    response: z.strictObject({ versions: z.array(pathVersionView), limited: z.boolean() }),
  }),
  'touched-files': get('/projects/:project/touched', {
    summary:
      'What one person wrote, moved or binned in a project since a time, and which snapshot shows each file as it was before.',
    needs: 'backup.restore',
    scope: 'facility',
    params: projectParam,
    query: z.strictObject({ by: id('person'), since: whole }),
    response: z.strictObject({
      files: z.array(touchedView),
      /** Beyond those shown. */
      more: z.int(),
      /** Of all, how many no snapshot shows as they were before. */
      leftOut: z.int(),
    }),
  }),
  'restore-report': get('/restores/:restore/report', {
    summary: 'Which snapshot each file of a restore came from, and what was left out and why; in the order of paths.',
    needs: 'backup.restore',
    scope: 'facility',
    params: z.strictObject({ restore: id('restore') }),
    query: z.strictObject({ from: whole.optional() }),
    response: z.strictObject({
      lines: z.array(reportLineView),
      /** Pass as `from` for the next page. */
      next: z.int().optional(),
      of: z.int(),
      /** The text is what the ledger keeps the hash of. */
      sha256: hash.optional(),
    }),
  }),
  'begin-restore': post('/restores', {
    summary: 'Begins to restore a file, a folder or the whole project, beside what is there or in its place.',
    needs: 'backup.restore',
    scope: 'facility',
    body: restoreData.omit({ snapshot: true }).extend({ backup: id('backup') }),
    response: done.extend({ restore: id('restore') }),
  }),
  'list-restores': get('/restores', {
    summary: 'Restores, newest first, and how far those are that run.',
    needs: 'backup.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({ restores: z.array(restoreView), running: z.array(progressView) }),
  }),
  'list-drills': get('/drills', {
    summary: 'Drills, newest first: what was restored, compared and measured.',
    needs: 'backup.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({ drills: z.array(drillView), more: z.int() }),
  }),
  'see-drill': get('/drills/:drill', {
    summary: 'One drill, as its certificate shows it.',
    needs: 'backup.see',
    scope: 'facility',
    params: z.strictObject({ drill: id('drill') }),
    response: z.strictObject({ drill: drillView }),
  }),
  'begin-drill': post('/backup-policies/:policy/drill', {
    summary: 'Begins a drill now: files are restored to a place apart, compared and measured.',
    needs: 'backup.run',
    scope: 'facility',
    params: z.strictObject({ policy: id('policy') }),
    body: z.strictObject({ vault: id('vault').optional() }),
    response: done.extend({ drill: id('drill') }),
  }),
  runbook: get('/runbook', {
    summary: 'What to do when it happens, written from the facility as it is: for all of it, or for one project.',
    needs: 'backup.see',
    scope: 'facility',
    query: z.strictObject({ project: z.union([id('project'), alias]).optional() }),
    response: z.strictObject({
      sha256: hash,
      text: z.string(),
      steps: z.int(),
      neverProven: z.int(),
      /** The same text is what the ledger last recorded as written. */
      recorded: z.boolean(),
    }),
  }),
} as const;
