/** The ledger, questions to the decision, evidence bundles, the event stream. */
import { z } from 'zod';
import { action, alias, hash, id, path, time } from '#model/events.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { at, PAGE_ENTRIES_MAX, whole } from '#api/endpoints/parts.ts';
import {
  decisionView,
  engagementView,
  entryPage,
  entryView,
  personRef,
  projectRef,
  roleRef,
} from '#api/endpoints/views.ts';

const project = z.union([id('project'), alias]);

const checkpointView = z.strictObject({
  origin: z.string(),
  size: z.int(),
  rootHash: z.string(),
  /** The signed note, verbatim. */
  note: z.string(),
  searchedTo: z.int(),
});

export const ledgerEndpoints = {
  'search-ledger': get('/ledger', {
    summary: 'Entries, newest first, by person, project, path, kind and time; only those I may see.',
    needs: 'ledger.see',
    scope: 'each',
    query: z.strictObject({
      person: id('person').optional(),
      project: project.optional(),
      session: id('session').optional(),
      engagement: id('engagement').optional(),
      cut: id('cut').optional(),
      /** A kind or the start of one: `file.` */
      kind: z.string().max(40).optional(),
      path: z.string().max(200).optional(),
      from: at,
      until: at,
      before: whole.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(PAGE_ENTRIES_MAX).default(50),
    }),
    response: entryPage,
  }),
  checkpoint: get('/ledger/checkpoint', {
    summary: 'The newest signed checkpoint.',
    needs: 'ledger.see',
    scope: 'each',
    response: checkpointView,
  }),
  'ledger-keys': get('/ledger/keys', {
    summary:
      'The public keys that the ledger is signed with: a tlog-policy file for verifiers, and fingerprints to read to each other.',
    needs: 'ledger.see',
    scope: 'each',
    response: z.strictObject({
      policy: z.string(),
      keys: z.array(z.strictObject({ algorithm: z.enum(['Ed25519', 'ML-DSA-44']), vkey: z.string(), sha256: hash })),
    }),
  }),
  'see-entry': get('/ledger/:index', {
    summary: 'One entry with its proof and the world as it was then.',
    needs: 'ledger.see',
    scope: 'each',
    params: z.strictObject({ index: whole }),
    response: z.strictObject({
      entry: entryView,
      /** The exact bytes in the ledger (UTF-8), and their RFC 6962 leaf hash in hex. */
      bytes: z.string(),
      leafHash: hash,
      checkpoint: z.string(),
      /** A C2SP tlog-proof file; absent until the entry is sealed. */
      proof: z.string().optional(),
      world: z.strictObject({
        at: time,
        size: z.int(),
        /** Who was on the project, and in what role. */
        engagements: z.array(engagementView),
        personRoles: z.array(z.strictObject({ role: roleRef, until: time })),
        sessionCount: z.int(),
        projectStanding: z.string().optional(),
      }),
    }),
  }),

  permits: post('/decision/permits', {
    summary: 'May this person do this, why, and until when. About oneself: always; about others: with person.see.',
    needs: 'own',
    body: z.strictObject({
      person: id('person'),
      action,
      project: project.optional(),
      path: path.optional(),
      at: time.optional(),
    }),
    response: decisionView,
  }),
  'who-can': post('/decision/who-can', {
    summary: 'Everybody who may do this on a project, then or now.',
    needs: 'person.see',
    scope: 'each',
    body: z.strictObject({ action, project: project.optional(), path: path.optional(), at: time.optional() }),
    response: z.strictObject({
      at: time,
      people: z.array(z.strictObject({ person: personRef, decision: decisionView })),
    }),
  }),
  'what-can': post('/decision/what-can', {
    summary: 'Everything a person may do, per project.',
    needs: 'own',
    body: z.strictObject({ person: id('person'), at: time.optional() }),
    response: z.strictObject({
      at: time,
      facility: z.array(z.string()),
      projects: z.array(
        z.strictObject({
          project: projectRef,
          actions: z.array(
            z.strictObject({ action: z.string(), folders: z.array(z.string()).optional(), until: time.nullable() }),
          ),
        }),
      ),
    }),
  }),
  'who-had-access': get('/projects/:project/access', {
    summary: 'Who had access when: every engagement between two dates, with what was done under it.',
    needs: 'ledger.see',
    scope: 'project',
    params: z.strictObject({ project }),
    query: z.strictObject({ from: at, until: at, at }),
    response: z.strictObject({ engagements: z.array(engagementView), at: time }),
  }),
  'export-bundle': post('/projects/:project/bundle', {
    summary: 'Makes the evidence bundle of a project: a zip that verifies offline.',
    needs: 'ledger.export',
    scope: 'project',
    params: z.strictObject({ project }),
    body: z.strictObject({ from: time.optional(), until: time.optional() }),
    stream: 'bytes',
  }),
  'verify-bundle': post('/bundles/verification', {
    summary: 'Checks a bundle (the zip is the body) with the same file an assessor runs.',
    needs: 'own',
    stream: 'bytes',
    response: z.strictObject({
      holds: z.boolean(),
      /** A `note` is neither proved nor broken: read it. */
      lines: z.array(z.strictObject({ level: z.enum(['ok', 'note', 'fail']), text: z.string() })),
    }),
  }),
  openapi: get('/openapi.json', {
    summary: 'This API as an OpenAPI 3.1 document.',
    needs: 'own',
    response: z.record(z.string(), z.unknown()),
  }),
  events: get('/events', {
    summary:
      'Server-sent events: `entry` for each change that I may see, `resync` when too much was missed, `beat` to stay awake. `Last-Event-ID` resumes.',
    needs: 'own',
    stream: 'events',
  }),
} as const;
