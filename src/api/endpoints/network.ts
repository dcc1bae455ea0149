/** The network: its model, what was proved about it, what would follow from a breach, what the gateway enforces, quarantine. */
import { z } from 'zod';
import { id, reason, time } from '#model/events.ts';
import { invariantExceptionData } from '#model/network-change.ts';
import { hostData, networkMode, quarantineScope, zoneData } from '#model/network-shapes.ts';
import { del, get, post, put } from '#api/endpoints/endpoint.ts';
import { networkEdits } from '#api/endpoints/network-edit.ts';
import { networkView, quarantineView } from '#api/endpoints/network-views.ts';
import { atQuery, done } from '#api/endpoints/parts.ts';

const reviewBody = z.strictObject({ reviewBy: time });

export const networkEndpoints = {
  network: get('/network', {
    summary: 'The network as it is meant to be, and what the gateway last said of it.',
    needs: 'network.see',
    scope: 'facility',
    query: atQuery,
    response: networkView,
  }),
  'change-network': post('/network/changes', {
    summary: 'Makes these changes: all of them, or none.',
    needs: 'zone.edit',
    scope: 'facility',
    body: z.strictObject({ changes: networkEdits }),
    response: done,
  }),
  'change-zone': put('/zones/:zone', {
    summary: 'Replaces everything that is said of a zone.',
    needs: 'zone.edit',
    scope: 'facility',
    params: z.strictObject({ zone: id('zone') }),
    body: zoneData,
    response: done,
  }),
  'change-host': put('/hosts/:host', {
    summary: 'Replaces everything that is said of a host, its zone included.',
    needs: 'zone.edit',
    scope: 'facility',
    params: z.strictObject({ host: id('host') }),
    body: hostData.extend({ zone: id('zone') }),
    response: done,
  }),
  'review-flow': post('/network/flows/:flow/review', {
    summary: 'Says that a flow is still needed, and when to ask again.',
    needs: 'zone.edit',
    scope: 'facility',
    params: z.strictObject({ flow: id('flow') }),
    body: reviewBody,
    response: done,
  }),
  'review-exposure': post('/network/exposures/:exposure/review', {
    summary: 'Says that a line of the external inventory is still needed, and when to ask again.',
    needs: 'zone.edit',
    scope: 'facility',
    params: z.strictObject({ exposure: id('exposure') }),
    body: reviewBody,
    response: done,
  }),
  'except-invariant': post('/network/exceptions', {
    summary: 'Lifts one invariant for one flow, exposure, host or zone, with an owner, a reason and an end.',
    needs: 'exception.record',
    scope: 'facility',
    body: z.strictObject(invariantExceptionData),
    response: done,
  }),
  'end-invariant-exception': del('/network/exceptions/:exception', {
    summary: 'Ends such an exception before its time.',
    needs: 'exception.record',
    scope: 'facility',
    params: z.strictObject({ exception: id('exception') }),
    response: done,
  }),

  'change-network-mode': put('/network/mode', {
    summary: 'Switches enforcement: off, observe, warn or enforce.',
    needs: 'network.enforce',
    scope: 'facility',
    body: z.strictObject({ mode: networkMode, reason: reason.optional() }),
    response: done,
  }),
  'confirm-apply': post('/network/applies/:apply/confirm', {
    summary: 'Keeps the rules that were just loaded; without it they go back by themselves.',
    needs: 'network.enforce',
    scope: 'facility',
    params: z.strictObject({ apply: id('apply') }),
    response: done,
  }),
  'apply-again': post('/network/applies', {
    summary: 'Loads the rules of the model again, after a roll-back or a drift.',
    needs: 'network.enforce',
    scope: 'facility',
    response: done,
  }),
  'settle-network-finding': post('/network/findings/settle', {
    summary: 'Closes a finding that somebody saw to; it comes back when it is seen again.',
    needs: 'network.enforce',
    scope: 'facility',
    body: z.strictObject({ key: z.string().min(1).max(200) }),
    response: done,
  }),
  'network-denials': get('/network/denials', {
    summary:
      'Packets that were refused, or would be, in the day before now or `at`: folded by source, destination and port.',
    needs: 'network.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({
      from: time,
      until: time,
      rows: z.array(
        z.strictObject({
          from: z.string(),
          to: z.string(),
          fromName: z.string().optional(),
          toName: z.string().optional(),
          protocol: z.string(),
          port: z.int().optional(),
          packets: z.int(),
          lastAt: time,
        }),
      ),
      /** Packets beyond what the rows hold. */
      others: z.int(),
    }),
  }),

  'list-quarantines': get('/quarantines', {
    summary: 'Everything in quarantine.',
    needs: 'network.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({ quarantines: z.array(quarantineView) }),
  }),
  quarantine: post('/quarantines', {
    summary:
      'Takes a host, a person or a project off the network, ends its sessions and holds the credentials in use there.',
    needs: 'quarantine.order',
    scope: 'facility',
    body: z.strictObject({ scope: quarantineScope, reason }),
    response: done.extend({ quarantine: id('quarantine'), cut: id('cut') }),
  }),
  'ask-release': post('/quarantines/:quarantine/release-request', {
    summary: 'Asks to release from quarantine; somebody else does it.',
    needs: 'quarantine.release',
    scope: 'facility',
    params: z.strictObject({ quarantine: id('quarantine') }),
    body: z.strictObject({ reason }),
    response: done,
  }),
  'release-quarantine': post('/quarantines/:quarantine/release', {
    summary: 'Releases what somebody else asked to release.',
    needs: 'quarantine.release',
    scope: 'facility',
    params: z.strictObject({ quarantine: id('quarantine') }),
    response: done,
  }),
} as const;
