/** Backups: what is copied, how often and where; alarms, legal holds, planned changes. */
import { z } from 'zod';
import { policyData } from '#model/backup-shapes.ts';
import { id, reason, time } from '#model/entry-shapes.ts';
import { backupsView, backupView, promiseView } from '#api/endpoints/backup-views.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { atQuery, done, projectParam, reasonBody } from '#api/endpoints/parts.ts';
import { projectRef } from '#api/endpoints/views.ts';

const policyParam = z.strictObject({ policy: id('policy') });
const policyBody = policyData.extend({ policy: id('policy').optional() });

export const backupEndpoints = {
  backups: get('/backups', {
    summary: 'Vaults, policies with their lag, alarms, holds, removals, and what runs now.',
    needs: 'backup.see',
    scope: 'facility',
    query: atQuery,
    response: backupsView,
  }),
  'project-backups': get('/projects/:project/backups', {
    summary: 'The backups of a project, newest first, with every copy and until when it is locked.',
    needs: 'backup.see',
    scope: 'facility',
    params: projectParam,
    query: atQuery,
    response: z.strictObject({
      project: projectRef,
      backups: z.array(backupView),
      /** Beyond those shown. */
      more: z.int(),
    }),
  }),
  'run-backup': post('/backup-policies/:policy/run', {
    summary: 'Begins a backup now, into the policy’s first vault unless another of its vaults is named.',
    needs: 'backup.run',
    scope: 'facility',
    params: policyParam,
    body: z.strictObject({ vault: id('vault').optional() }),
    response: done.extend({ backup: id('backup') }),
  }),
  'set-backup-policy': post('/projects/:project/backup-policies', {
    summary: 'Makes a policy, or replaces everything that is said of one.',
    needs: 'backup.configure',
    scope: 'facility',
    params: projectParam,
    body: policyBody,
    response: done.extend({ policy: id('policy') }),
  }),
  'preview-backup-policy': post('/projects/:project/backup-policies/preview', {
    summary: 'What such a policy would promise, and what it would not.',
    needs: 'backup.see',
    scope: 'facility',
    params: projectParam,
    body: policyBody,
    response: promiseView,
  }),
  'end-backup-policy': post('/backup-policies/:policy/end', {
    summary: 'Copies no more under this policy; what was copied stays as long as it is locked.',
    needs: 'backup.configure',
    scope: 'facility',
    params: policyParam,
    body: reasonBody,
    response: done,
  }),
  'place-hold': post('/projects/:project/holds', {
    summary: 'Nothing of the project expires until the hold is lifted.',
    needs: 'backup.hold',
    scope: 'facility',
    params: projectParam,
    body: reasonBody,
    response: done.extend({ hold: id('hold') }),
  }),
  'lift-hold': post('/holds/:hold/lift', {
    summary: 'Lifts a legal hold.',
    needs: 'backup.hold',
    scope: 'facility',
    params: z.strictObject({ hold: id('hold') }),
    body: reasonBody,
    response: done,
  }),
  'plan-change': post('/projects/:project/planned-changes', {
    summary: 'Announces a mass change of files, so that it raises no alarm.',
    needs: 'change.plan',
    scope: 'facility',
    params: projectParam,
    body: z.strictObject({ from: time, until: time, folders: z.array(z.string().min(1).max(200)).max(40), reason }),
    response: done.extend({ change: id('change') }),
  }),
  'settle-alarm': post('/alarms/:alarm/settle', {
    summary: 'Says what an alarm was: an attack, or something harmless.',
    needs: 'backup.run',
    scope: 'facility',
    params: z.strictObject({ alarm: id('alarm') }),
    body: z.strictObject({ reason, genuine: z.boolean() }),
    response: done,
  }),
} as const;
