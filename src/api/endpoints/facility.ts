/** Today, settings, roles, zones, hosts, live sessions of the whole facility. */
import { z } from 'zod';
import { alertWay } from '#model/alert-events.ts';
import { grant, id, label, reason, roleId, time } from '#model/events.ts';
import { hostData, zoneData } from '#model/network-shapes.ts';
import { del, get, post, put } from '#api/endpoints/endpoint.ts';
import { atQuery, done, reasonBody } from '#api/endpoints/parts.ts';
import {
  cutView,
  effectView,
  engagementView,
  entryView,
  exceptionView,
  facilityView,
  hostView,
  personView,
  recoveryView,
  requestView,
  roleRef,
  roleView,
  sessionView,
  zoneView,
} from '#api/endpoints/views.ts';

const settings = z.strictObject({
  name: label.optional(),
  timeZone: z.string().max(60).optional(),
  dormantAfterDays: z.int().min(1).max(365).optional(),
  binDays: z.int().min(1).max(365).optional(),
  maxEngagementDays: z.int().min(1).max(3650).optional(),
  extraFileTypes: z
    .array(z.string().regex(/^[a-z0-9]{1,12}$/))
    .max(100)
    .optional(),
  /** High-security projects ask for a live background screening, beside NDA and training. */
  screeningAsked: z.boolean().optional(),
});

export const facilityEndpoints = {
  today: get('/today', {
    summary: 'What needs a person now, of what I may see; or what needed one at `at`.',
    needs: 'own',
    query: atQuery,
    response: z.strictObject({
      now: time,
      /** Live engagements that end within 14 days, soonest first. */
      expiring: z.array(engagementView),
      requests: z.array(requestView),
      recoveries: z.array(recoveryView),
      /** Facility roles that end within 14 days, soonest first. */
      rolesEnding: z.array(z.strictObject({ person: personView, role: roleRef, until: time })),
      /** Refused sign-ins and refused acts of the last 24 hours, newest first. */
      refused: z.array(entryView),
      sessions: z.array(sessionView),
      dormant: z.array(personView),
      locked: z.array(personView),
      /** Cuts of the last 24 hours. */
      cuts: z.array(cutView),
      /** Things to see to: an exception near its end, a review overdue, an open invitation, a first project missing. */
      notices: z.array(
        z.strictObject({
          code: z.string(),
          message: z.string(),
          at: time.optional(),
          project: z.string().optional(),
          person: id('person').optional(),
        }),
      ),
    }),
  }),
  facility: get('/facility', {
    summary: 'Settings, zones, hosts, exceptions.',
    needs: 'facility.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({
      facility: facilityView,
      zones: z.array(zoneView),
      hosts: z.array(hostView),
      exceptions: z.array(exceptionView),
    }),
  }),
  'change-settings': put('/facility', {
    summary: 'Changes settings.',
    needs: 'facility.configure',
    scope: 'facility',
    body: settings,
    response: done,
  }),
  'see-alerts': get('/alerts', {
    summary: 'The ways that alerts go out by, what waits, and what fails.',
    needs: 'facility.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({
      ways: z.array(
        z.strictObject({
          way: alertWay,
          to: z.string(),
          waiting: z.int(),
          sentAt: time.optional(),
          failing: z.strictObject({ since: time, at: time, tries: z.int(), code: z.string() }).optional(),
        }),
      ),
      /** Forgotten untold, because too many waited. */
      dropped: z.int(),
    }),
  }),
  'test-alert': post('/alerts/test', {
    summary: 'Sends a test by every way.',
    needs: 'facility.configure',
    scope: 'facility',
    response: done,
  }),
  'list-roles': get('/roles', {
    summary: 'Every role and its actions.',
    needs: 'own',
    query: atQuery,
    response: z.strictObject({ roles: z.array(roleView), actions: z.array(z.string()) }),
  }),
  'preview-role': post('/roles/:role/preview', {
    summary: 'Who would gain or lose what.',
    needs: 'role.define',
    scope: 'facility',
    params: z.strictObject({ role: roleId }),
    body: z.strictObject({ title: label, scope: z.enum(['facility', 'project']), grants: z.array(grant).max(200) }),
    response: effectView,
  }),
  'define-role': put('/roles/:role', {
    summary: 'Defines or changes a custom role.',
    needs: 'role.define',
    scope: 'facility',
    params: z.strictObject({ role: roleId }),
    body: z.strictObject({ title: label, scope: z.enum(['facility', 'project']), grants: z.array(grant).max(200) }),
    response: done,
  }),
  'retire-role': del('/roles/:role', {
    summary: 'Retires a custom role: nobody gets it any more.',
    needs: 'role.define',
    scope: 'facility',
    params: z.strictObject({ role: roleId }),
    response: done,
  }),
  'add-zone': post('/zones', {
    summary: 'Adds a zone.',
    needs: 'zone.edit',
    scope: 'facility',
    body: zoneData,
    response: z.strictObject({ zone: zoneView }),
  }),
  'remove-zone': del('/zones/:zone', {
    summary: 'Removes a zone.',
    needs: 'zone.edit',
    scope: 'facility',
    params: z.strictObject({ zone: id('zone') }),
    response: done,
  }),
  'add-host': post('/hosts', {
    summary: 'Adds a host to a zone.',
    needs: 'zone.edit',
    scope: 'facility',
    body: hostData.extend({ zone: id('zone') }),
    response: z.strictObject({ host: hostView }),
  }),
  'remove-host': del('/hosts/:host', {
    summary: 'Removes a host.',
    needs: 'zone.edit',
    scope: 'facility',
    params: z.strictObject({ host: id('host') }),
    response: done,
  }),
  'record-exception': post('/exceptions', {
    summary: 'Records an exception to a rule, with a reason and an end.',
    needs: 'exception.record',
    scope: 'facility',
    body: z.strictObject({ rule: label, reason, until: time, person: id('person').optional() }),
    response: done,
  }),
  'end-exception': post('/exceptions/:exception/end', {
    summary: 'Ends an exception before its time.',
    needs: 'exception.record',
    scope: 'facility',
    params: z.strictObject({ exception: id('exception') }),
    body: reasonBody,
    response: done,
  }),
  'list-sessions': get('/sessions', {
    summary: 'Live sessions that I may see, or those live at `at`.',
    needs: 'session.see',
    scope: 'each',
    query: atQuery,
    response: z.strictObject({ sessions: z.array(sessionView) }),
  }),
  'end-session': del('/sessions/:session', {
    summary: 'Ends a session of anybody.',
    needs: 'session.end',
    scope: 'session',
    params: z.strictObject({ session: id('session') }),
    response: done,
  }),
} as const;
