/** Projects, engagements, requests. */
import { z } from 'zod';
import { alias, hours, id, reason, roleId, time } from '#model/events.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import {
  at,
  atQuery,
  done,
  engagementParam,
  maybeReasonBody,
  projectParam,
  projectTitle,
  reasonBody,
  whole,
} from '#api/endpoints/parts.ts';
import {
  cutView,
  effectView,
  engagementView,
  entryPage,
  projectView,
  requestView,
  roleView,
  sessionView,
} from '#api/endpoints/views.ts';

const engagementBody = z.strictObject({
  person: id('person'),
  role: roleId,
  from: time,
  until: time,
  hours: hours.optional(),
  zones: z.array(id('zone')).max(40).optional(),
});

export const projectEndpoints = {
  'list-projects': get('/projects', {
    summary: 'Projects that I may see.',
    needs: 'project.see',
    scope: 'each',
    query: atQuery,
    response: z.strictObject({ projects: z.array(projectView) }),
  }),
  'see-project': get('/projects/:project', {
    summary: 'One project.',
    needs: 'project.see',
    scope: 'project',
    params: projectParam,
    query: atQuery,
    response: z.strictObject({ project: projectView }),
  }),
  'project-people': get('/projects/:project/people', {
    summary: 'Every engagement on a project, past ones too: the timeline.',
    needs: 'engagement.see',
    scope: 'project',
    params: projectParam,
    query: atQuery,
    response: z.strictObject({
      engagements: z.array(engagementView),
      requests: z.array(requestView),
      roles: z.array(roleView),
      now: time,
    }),
  }),
  'project-sessions': get('/projects/:project/sessions', {
    summary: 'Live sessions on a project, or those live at `at`.',
    needs: 'session.see',
    scope: 'project',
    params: projectParam,
    query: atQuery,
    response: z.strictObject({ sessions: z.array(sessionView), cuts: z.array(cutView) }),
  }),
  'project-history': get('/projects/:project/history', {
    summary: 'What happened on a project, newest first.',
    needs: 'ledger.see',
    scope: 'project',
    params: projectParam,
    query: z.strictObject({ before: whole.optional(), kind: z.string().max(40).optional() }),
    response: entryPage,
  }),
  'create-project': post('/projects', {
    summary: 'Creates a project with its workspace.',
    needs: 'project.create',
    scope: 'facility',
    body: z.strictObject({
      alias,
      title: projectTitle,
      level: z.enum(['standard', 'high-security']).default('standard'),
      owner: id('person'),
      folders: z
        .array(z.string().min(1).max(80))
        .max(40)
        .default(['media', 'project', 'incoming', 'deliveries', 'review']),
    }),
    response: z.strictObject({ project: projectView }),
  }),
  'wrap-project': post('/projects/:project/wrap', {
    summary: 'Wraps: every engagement ends, the workspace stays.',
    needs: 'project.wrap',
    scope: 'project',
    params: projectParam,
    body: maybeReasonBody,
    response: done,
  }),
  'lock-project': post('/projects/:project/lock', {
    summary: 'Locks: nobody gets in until reopened.',
    needs: 'project.lock',
    scope: 'project',
    params: projectParam,
    body: reasonBody,
    response: done,
  }),
  'reopen-project': post('/projects/:project/reopening', {
    summary: 'Reopens a wrapped or locked project.',
    needs: 'project.reopen',
    scope: 'project',
    params: projectParam,
    body: reasonBody,
    response: done,
  }),
  'complete-review': post('/projects/:project/review', {
    summary: 'Records the 90-day review of all standing access; those named are ended.',
    needs: 'review.complete',
    scope: 'project',
    params: projectParam,
    body: z.strictObject({ ended: z.array(id('engagement')).max(500) }),
    response: done,
  }),

  'preview-engagement': post('/projects/:project/engagements/preview', {
    summary: 'What giving this would add, before it is given.',
    needs: 'engagement.give',
    scope: 'project',
    params: projectParam,
    body: engagementBody,
    response: effectView,
  }),
  'give-engagement': post('/projects/:project/engagements', {
    summary: 'Puts a person on a project in a role, from\u2013until.',
    needs: 'engagement.give',
    scope: 'project',
    params: projectParam,
    body: engagementBody,
    response: z.strictObject({ engagement: engagementView }),
  }),
  'preview-extension': post('/engagements/:engagement/extension/preview', {
    summary: 'What more time would add.',
    needs: 'engagement.extend',
    scope: 'engagement',
    params: engagementParam,
    body: z.strictObject({ until: time }),
    response: effectView,
  }),
  'extend-engagement': post('/engagements/:engagement/extension', {
    summary: 'Moves the end of an engagement.',
    needs: 'engagement.extend',
    scope: 'engagement',
    params: engagementParam,
    body: z.strictObject({ until: time, reason: reason.optional() }),
    response: z.strictObject({ engagement: engagementView }),
  }),
  'preview-end': post('/engagements/:engagement/end/preview', {
    summary: 'What ending it would take, and how many live sessions it cuts.',
    needs: 'engagement.end',
    scope: 'engagement',
    params: engagementParam,
    response: z.strictObject({ effect: effectView, sessions: z.array(sessionView) }),
  }),
  'end-engagement': post('/engagements/:engagement/end', {
    summary: 'Ends an engagement now; live sessions stop.',
    needs: 'engagement.end',
    scope: 'engagement',
    params: engagementParam,
    body: maybeReasonBody,
    response: z.strictObject({ entries: z.array(z.int()), cut: id('cut') }),
  }),

  'list-requests': get('/requests', {
    summary: 'Requests that I made or may decide.',
    needs: 'own',
    query: z.strictObject({ state: z.enum(['open', 'all']).default('open'), at }),
    response: z.strictObject({ requests: z.array(requestView) }),
  }),
  'ask-access': post('/requests', {
    summary: 'Asks for access to a project, or for more time on it.',
    needs: 'own',
    body: z.strictObject({
      ask: z.enum(['access', 'more-time']),
      project: z.union([id('project'), alias]),
      engagement: id('engagement').optional(),
      role: roleId.optional(),
      until: time,
      reason,
    }),
    response: z.strictObject({ request: requestView }),
  }),
  'preview-decision': post('/requests/:request/decision/preview', {
    summary: 'What granting a request would add, before it is granted.',
    needs: 'request.decide',
    scope: 'request',
    params: z.strictObject({ request: id('request') }),
    response: effectView,
  }),
  'decide-request': post('/requests/:request/decision', {
    summary: 'Grants or declines a request; never one\u2019s own.',
    needs: 'request.decide',
    scope: 'request',
    params: z.strictObject({ request: id('request') }),
    body: z.strictObject({ granted: z.boolean(), reason: reason.optional() }),
    response: z.strictObject({ request: requestView }),
  }),
  'withdraw-request': post('/requests/:request/withdrawal', {
    summary: 'Withdraws my request.',
    needs: 'own',
    params: z.strictObject({ request: id('request') }),
    response: done,
  }),
} as const;
