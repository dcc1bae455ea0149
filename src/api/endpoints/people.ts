/** People of the facility, the end of their access, and the receipts of cuts. */
import { z } from 'zod';
import { id, reason, roleId, time } from '#model/events.ts';
import { get, post, put } from '#api/endpoints/endpoint.ts';
import {
  at,
  atQuery,
  done,
  mailAddress,
  maybeReasonBody,
  personName,
  personParam,
  reasonBody,
} from '#api/endpoints/parts.ts';
import {
  credentialView,
  cutView,
  effectView,
  engagementView,
  entryPage,
  invitationView,
  personView,
  recoveryView,
  sessionView,
} from '#api/endpoints/views.ts';

const facilityRoles = z.array(z.strictObject({ role: roleId, until: time })).max(10);

export const peopleEndpoints = {
  'list-people': get('/people', {
    summary: 'People whom I may see.',
    needs: 'person.see',
    scope: 'each',
    query: atQuery,
    response: z.strictObject({ people: z.array(personView) }),
  }),
  'see-person': get('/people/:person', {
    summary: 'One person: access, credentials, sessions, invitations.',
    needs: 'person.see',
    scope: 'person',
    params: personParam,
    query: atQuery,
    response: z.strictObject({
      person: personView,
      engagements: z.array(engagementView),
      credentials: z.array(credentialView),
      sessions: z.array(sessionView),
      invitations: z.array(invitationView),
      recoveries: z.array(recoveryView),
      cuts: z.array(cutView),
    }),
  }),
  'person-history': get('/people/:person/history', {
    summary: 'What was done by and to a person.',
    needs: 'ledger.see',
    scope: 'person',
    params: personParam,
    query: z.strictObject({ before: z.coerce.number<number | string>().int().min(0).optional() }),
    response: entryPage,
  }),
  'add-person': post('/people', {
    summary: 'Adds a person or a service; a person is then invited.',
    needs: 'person.invite',
    scope: 'facility',
    body: z.strictObject({
      name: personName,
      mail: mailAddress.optional(),
      nature: z.enum(['human', 'service']).default('human'),
      roles: facilityRoles.default([]),
      /** Days for which an invitation is valid; no invitation when absent. */
      inviteDays: z.int().min(1).max(14).optional(),
    }),
    response: z.strictObject({
      person: personView,
      invitation: invitationView.optional(),
      link: z.string().optional(),
    }),
  }),
  'rename-person': put('/people/:person', {
    summary: 'Changes a name or mail address.',
    needs: 'person.edit',
    scope: 'person',
    params: personParam,
    body: z.strictObject({ name: personName, mail: mailAddress.optional() }),
    response: done,
  }),
  'preview-roles': post('/people/:person/roles/preview', {
    summary: 'What a change of facility roles would give and take, before it is made.',
    needs: 'person.assign-roles',
    scope: 'person',
    params: personParam,
    body: z.strictObject({ roles: facilityRoles }),
    response: effectView,
  }),
  'change-roles': put('/people/:person/roles', {
    summary: 'Sets the facility roles of a person, each with an end.',
    needs: 'person.assign-roles',
    scope: 'person',
    params: personParam,
    body: z.strictObject({ roles: facilityRoles }),
    response: done,
  }),
  'record-onboarding': put('/people/:person/onboarding', {
    summary: 'Records an NDA, a training or a screening and until when it holds.',
    needs: 'person.edit',
    scope: 'person',
    params: personParam,
    body: z.strictObject({ item: z.enum(['nda', 'training', 'screening']), until: time }),
    response: done,
  }),
  'suspend-person': post('/people/:person/suspension', {
    summary: 'Suspends: nothing works until restored, nothing is lost.',
    needs: 'person.suspend',
    scope: 'person',
    params: personParam,
    body: reasonBody,
    response: done,
  }),
  'restore-person': post('/people/:person/restoration', {
    summary: 'Restores a suspended or dormant person.',
    needs: 'person.restore',
    scope: 'person',
    params: personParam,
    body: reasonBody,
    response: done,
  }),
  'end-all-access': post('/people/:person/end-all-access', {
    summary: 'Ends every engagement, credential and session of a person, on every gate, at once.',
    needs: 'person.end-access',
    scope: 'person',
    params: personParam,
    body: maybeReasonBody,
    response: z.strictObject({ entries: z.array(z.int()), cut: id('cut') }),
  }),
  'erase-person': post('/people/:person/erasure', {
    summary: 'Destroys the key of a person\u2019s name and mail address; the record of what was done stays provable.',
    needs: 'person.erase',
    scope: 'person',
    params: personParam,
    body: z.strictObject({ reason, confirm: z.literal('erase') }),
    response: done,
  }),

  'list-cuts': get('/cuts', {
    summary: 'The newest cuts that I may see.',
    needs: 'session.see',
    scope: 'each',
    query: atQuery,
    response: z.strictObject({ cuts: z.array(cutView) }),
  }),
  'see-cut': get('/cuts/:cut', {
    summary: 'A cut and the receipt of each gate, or those in by `at`. `wait` holds the answer (ms) until complete.',
    needs: 'session.see',
    scope: 'each',
    params: z.strictObject({ cut: id('cut') }),
    query: z.strictObject({ wait: z.coerce.number<number | string>().int().min(0).max(10_000).optional(), at }),
    response: z.strictObject({ cut: cutView }),
  }),
} as const;
