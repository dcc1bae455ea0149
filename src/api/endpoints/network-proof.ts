/** Questions about the network that are answered by computing: proofs, previews, reach, blast radius, the map, exports. */
import { z } from 'zod';
import { id, label, time } from '#model/events.ts';
import { protocol } from '#model/network-shapes.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { networkEdits } from '#api/endpoints/network-edit.ts';
import { blastView, breachView } from '#api/endpoints/blast-views.ts';
import {
  exportFormat,
  invariantView,
  networkPreviewView,
  policyTestView,
  reachView,
} from '#api/endpoints/network-views.ts';
import { at, atQuery } from '#api/endpoints/parts.ts';

/** A zone or host by its id, an address, or a network as `10.20.0.0/24`. */
const place = label;

export const SUBJECTS_MAX = 50;

const breachSubject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('host'), host: id('host') }),
  z.strictObject({ kind: z.literal('person'), person: id('person') }),
  z.strictObject({ kind: z.literal('credential'), credential: id('credential') }),
]);

export const networkProofEndpoints = {
  'preview-network': post('/network/preview', {
    summary:
      'What these changes would open and close, to whom and until when, and which invariants and policy tests would break.',
    needs: 'network.see',
    scope: 'facility',
    body: z.strictObject({ changes: networkEdits }),
    response: networkPreviewView,
  }),
  'prove-network': get('/network/proof', {
    summary:
      'Every invariant, proved over all hosts, ports and instants: what breaks it, with a packet to try; and every policy test.',
    needs: 'network.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({
      at: time,
      invariants: z.array(invariantView),
      /** Policy tests that the facility keeps; those that fail first. */
      tests: z.array(policyTestView),
      /** What the proof takes for granted. */
      assumptions: z.array(z.string()),
      tookMs: z.number(),
    }),
  }),
  'network-reach': post('/network/reach', {
    summary: 'May X reach Y: by which rules and until when, or why not and what would open it.',
    needs: 'network.see',
    scope: 'facility',
    body: z.strictObject({
      from: place,
      to: place,
      protocol: protocol.optional(),
      port: z.int().min(0).max(65_535).optional(),
      at: time.optional(),
    }),
    response: reachView,
  }),
  'network-blast': get('/network/blast', {
    summary: 'What each host, person and credential would expose if it were taken over, now and at its worst instant.',
    needs: 'network.see',
    scope: 'facility',
    query: atQuery,
    response: blastView,
  }),
  'network-breach': post('/network/breach', {
    summary: 'What if all of these were taken over by the same hand: numbers, and the lists behind them.',
    needs: 'network.see',
    scope: 'facility',
    body: z.strictObject({ subjects: z.array(breachSubject).min(1).max(SUBJECTS_MAX), at: time.optional() }),
    response: breachView,
  }),
  'network-map': get('/network/map', {
    summary: 'The topology as an SVG drawing: segments, internet access, boundary controls, the way of content.',
    needs: 'network.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({ svg: z.string() }),
  }),
  'export-network': get('/network/export', {
    summary: 'The zone matrix for other people’s firewalls.',
    needs: 'network.see',
    scope: 'facility',
    query: z.strictObject({ format: exportFormat, at }),
    response: z.strictObject({
      files: z.array(z.strictObject({ name: z.string(), text: z.string() })),
      /** What this format cannot hold of this model. */
      notes: z.array(z.string()),
    }),
  }),
} as const;
