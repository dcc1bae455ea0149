/** The end of a project: delivered, archived, proved, its keys destroyed by two people after a week. */
import { z } from 'zod';
import { hash, id, label, time } from '#model/entry-shapes.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { atQuery, done, projectParam, reasonBody } from '#api/endpoints/parts.ts';
import { personRef, projectRef } from '#api/endpoints/views.ts';

/** Why a step cannot be taken now; absent when it can. */
const unless = z.string().optional();

export const closingView = z.strictObject({
  project: projectRef,
  standing: z.enum(['live', 'locked', 'wrapped']),
  delivered: z.strictObject({ at: time, by: personRef.optional(), to: z.string(), what: z.string() }).optional(),
  archived: z.strictObject({ at: time, snapshot: hash, files: z.int(), bytes: z.int() }).optional(),
  proved: z.strictObject({ at: time, reportSha256: hash, drill: id('drill').optional() }).optional(),
  asked: z.strictObject({ at: time, by: personRef.optional(), reason: z.string() }).optional(),
  /** The viewer asked, and may approve it all the same: by the exception for a facility of one, which ends then. */
  aloneUntil: time.optional(),
  approved: z.strictObject({ at: time, by: personRef.optional(), notBefore: time }).optional(),
  destroyed: z.strictObject({ at: time, objects: z.int(), certificateSha256: hash.optional() }).optional(),
  unless: z.strictObject({
    deliver: unless,
    archive: unless,
    prove: unless,
    ask: unless,
    approve: unless,
    decline: unless,
  }),
});
export type ClosingView = z.infer<typeof closingView>;

export const backupClosingEndpoints = {
  closings: get('/closings', {
    summary: 'How far the end of each project that is over has come, and what keeps the next step from being taken.',
    needs: 'backup.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({ closings: z.array(closingView) }),
  }),
  'record-delivery': post('/projects/:project/closing/delivery', {
    summary: 'Records to whom the project was delivered, and what.',
    needs: 'backup.configure',
    scope: 'facility',
    params: projectParam,
    body: z.strictObject({ to: label, what: z.string().min(1).max(1000) }),
    response: done,
  }),
  'archive-project': post('/projects/:project/closing/archive', {
    summary: 'Names the newest snapshot from after the wrap as the archive.',
    needs: 'backup.configure',
    scope: 'facility',
    params: projectParam,
    response: done,
  }),
  'prove-archive': post('/projects/:project/closing/proof', {
    summary: 'Records that a drill which held restored what is in the archive.',
    needs: 'backup.configure',
    scope: 'facility',
    params: projectParam,
    response: done,
  }),
  'ask-key-destruction': post('/projects/:project/closing/destruction', {
    summary:
      'Asks to destroy the keys of the project’s backups; somebody else approves, and nothing is destroyed for a week after that.',
    needs: 'prune.ask',
    scope: 'facility',
    params: projectParam,
    body: reasonBody,
    response: done,
  }),
  'approve-key-destruction': post('/projects/:project/closing/destruction/approve', {
    summary: 'Approves that keys are destroyed, which somebody else asked for.',
    needs: 'prune.approve',
    scope: 'facility',
    params: projectParam,
    response: done,
  }),
  'decline-key-destruction': post('/projects/:project/closing/destruction/decline', {
    summary: 'Declines it, also after its approval, until it is done.',
    needs: 'prune.approve',
    scope: 'facility',
    params: projectParam,
    body: reasonBody,
    response: done,
  }),
  'closing-certificate': get('/projects/:project/closing/certificate', {
    summary: 'The certificate of destroyed keys: the text whose hash the ledger keeps.',
    needs: 'backup.see',
    scope: 'facility',
    params: projectParam,
    response: z.strictObject({ text: z.string(), sha256: hash, recorded: z.boolean() }),
  }),
} as const;
