/** Ways in and out of the network's model as text: the facility file, presets, what a DHCP server knows. */
import { z } from 'zod';
import { id } from '#model/events.ts';
import { hostRole } from '#model/network-shapes.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { networkPreviewView, packetView } from '#api/endpoints/network-views.ts';
import { atQuery } from '#api/endpoints/parts.ts';
import { problem } from '#api/endpoints/views.ts';

/** Texts of facilities of some thousand machines. */
const TEXT_CHARS_MAX = 2_000_000;
const TEXT_BODY_BYTES_MAX = 3 * 1024 * 1024;

const trouble = z.strictObject({ line: z.int(), says: z.string() });

export const importView = z.strictObject({
  /** What has to be put right in the text; with any of them there is nothing else. A line of 0 is about the whole. */
  troubles: z.array(trouble),
  /** Each change in words; the first of them. */
  changes: z.array(z.strictObject({ sign: z.enum(['+', '-', '~']), noun: z.string(), name: z.string() })),
  changeCount: z.int(),
  tests: z.array(
    z.strictObject({
      line: z.int(),
      kind: z.enum(['deny', 'allow']),
      holds: z.boolean(),
      says: z.string(),
      packet: packetView.optional(),
    }),
  ),
  preview: networkPreviewView.optional(),
  refused: problem.optional(),
  /** Made: the ledger indexes of its entries. Absent for a dry run. */
  entries: z.array(z.int()).optional(),
});
export type ImportView = z.infer<typeof importView>;

export const deviceView = z.strictObject({
  name: z.string(),
  addresses: z.array(z.string()),
  macs: z.array(z.string()),
  role: hostRole,
  /** What the guess of its role rests on. */
  because: z.string(),
  /** The zone that declares its address. */
  zone: id('zone').optional(),
  /** The host that has one of its addresses already. */
  known: z.string().optional(),
});
export type DeviceView = z.infer<typeof deviceView>;

export const facilitySize = z.enum(['small', 'mid', 'large']);

export const networkImportEndpoints = {
  'facility-file': get('/network/file', {
    summary: 'The model as a facility file that can be imported again.',
    needs: 'network.see',
    scope: 'facility',
    query: atQuery,
    response: z.strictObject({ text: z.string() }),
  }),
  'import-facility-file': post('/network/file', {
    summary:
      'Makes the network what a facility file says, all of it or nothing; a dry run only says what would change.',
    needs: 'zone.edit',
    scope: 'facility',
    body: z.strictObject({ text: z.string().max(TEXT_CHARS_MAX), dryRun: z.boolean() }),
    bodyBytesMax: TEXT_BODY_BYTES_MAX,
    response: importView,
  }),
  'network-preset': post('/network/preset', {
    summary: 'A facility file to begin with, for a small, mid-sized or large facility.',
    needs: 'network.see',
    scope: 'facility',
    body: z.strictObject({
      size: facilitySize,
      /** A private /16, such as 10.20.0.0/16. */
      network: z.string().max(64),
      network6: z.string().max(64).optional(),
      vlanBase: z.int().min(1).max(4094).optional(),
      domain: z.string().max(200).optional(),
      enclaves: z.array(z.string().max(60)).max(32).optional(),
    }),
    response: z.strictObject({ text: z.string() }),
  }),
  'read-devices': post('/network/devices', {
    summary: 'Machines out of a DHCP lease file or an ARP table, with a guess of what each is.',
    needs: 'network.see',
    scope: 'facility',
    body: z.strictObject({ text: z.string().max(TEXT_CHARS_MAX) }),
    bodyBytesMax: TEXT_BODY_BYTES_MAX,
    response: z.strictObject({
      /** `dhcpd`, `dnsmasq`, `kea`, `arp`, `neigh`; absent for none of these. */
      format: z.string().optional(),
      devices: z.array(deviceView),
      troubles: z.array(trouble),
    }),
  }),
} as const;
