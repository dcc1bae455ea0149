/** The zone matrix in other machines' words. What each form cannot hold stands in docs/spec/network-exports.md and in the notes. */
import type { State } from '#model/state.ts';
import { renderAerleon } from './aerleon.ts';
import { aclsOf, tcamLines } from './acl.ts';
import { renderAristaEos } from './arista-eos.ts';
import { renderCiscoIos } from './cisco-ios.ts';
import { renderJunosSrx } from './junos-srx.ts';
import { renderJunos } from './junos.ts';
import type { Matrix } from './matrix.ts';
import { matrixOf } from './matrix.ts';
import { renderOpnsense } from './opnsense.ts';
import { renderUnifi } from './unifi.ts';
import { TUNNEL_LINK, renderWireguard } from './wireguard.ts';

export const EXPORT_FORMATS = [
  'opnsense',
  'unifi',
  'cisco-ios',
  'arista-eos',
  'junos',
  'junos-srx',
  'aerleon',
  'wireguard',
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

export interface Exported {
  readonly files: readonly ExportedFile[];
  /** What the form leaves out or cannot promise, for whoever loads it. */
  readonly notes: readonly string[];
}

export function isExportFormat(text: string): text is ExportFormat {
  return EXPORT_FORMATS.some((format) => format === text);
}

/** The same state, format and instant give the same bytes. Rules that have ended by `at` are left out. */
export function exportZoneMatrix(state: State, format: ExportFormat, at: number): Exported {
  const matrix = matrixOf(state, at);
  return { files: filesOf(matrix, format), notes: [...matrix.notes, ...formNotes(matrix, format)] };
}

function filesOf(matrix: Matrix, format: ExportFormat): readonly ExportedFile[] {
  switch (format) {
    case 'opnsense':
      return [{ name: 'opnsense.json', text: renderOpnsense(matrix) }];
    case 'unifi':
      return [{ name: 'unifi.json', text: renderUnifi(matrix) }];
    case 'cisco-ios':
      return [{ name: 'cisco-ios.txt', text: renderCiscoIos(matrix) }];
    case 'arista-eos':
      return [{ name: 'arista-eos.txt', text: renderAristaEos(matrix) }];
    case 'junos':
      return [{ name: 'junos.set', text: renderJunos(matrix) }];
    case 'junos-srx':
      return [{ name: 'junos-srx.set', text: renderJunosSrx(matrix) }];
    case 'aerleon': {
      const { definitions, policy } = renderAerleon(matrix);
      return [
        { name: 'def/picturelock.yaml', text: definitions },
        { name: 'policies/picturelock.yaml', text: policy },
      ];
    }
    case 'wireguard':
      return renderWireguard(matrix);
  }
}

const STATELESS = [
  'These lists remember no flows: an answer is told by its port, and a host that serves UDP can send from that port at will.',
  'Messages about too large packets are not answers to anything and are refused: keep one packet size on the whole path.',
];
const BY_HAND = 'This form has no end of a rule: remove what is marked by hand when its time comes.';

function formNotes(matrix: Matrix, format: ExportFormat): readonly string[] {
  const hasEnds = matrix.rules.some(({ until }) => until !== undefined);
  const ends = hasEnds ? [BY_HAND] : [];
  switch (format) {
    case 'cisco-ios':
      return [...STATELESS, ...tcamLines(aclsOf(matrix))];
    case 'arista-eos':
    case 'junos':
      return [...STATELESS, ...ends, ...tcamLines(aclsOf(matrix))];
    case 'aerleon':
      return [...STATELESS, 'An end is a day here, and counts only when the text is generated anew.'];
    case 'opnsense':
    case 'unifi':
      return ['Flows that are open when a rule goes live on: end their states by hand.', ...ends];
    case 'junos-srx':
      return ['Flows that are open when a scheduler ends live on unless the machine is told to re-match policies.'];
    case 'wireguard':
      return matrix.zones.some(({ link }) => link !== undefined && TUNNEL_LINK.test(link))
        ? ['A tunnel has no end of its own: what passes in it ends with the rules on the gateway.']
        : ['No zone has a WireGuard interface as its link (wg-...): nothing to write.'];
  }
}
