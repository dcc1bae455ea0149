/**
 * The files of an evidence bundle about one project. Layout and every rule: docs/spec/bundle.md.
 *
 * Everything here is data in, files out: the same input gives the same bytes. The input's entries and tiles come out of the ledger
 * as they are stored; nothing is serialised anew.
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { Placed } from '#model/events.ts';
import type { Proof } from '#ledger/proof.ts';
import { tilePath } from '#ledger/tile.ts';
import type { Tile } from '#ledger/tile.ts';
import { renderTlogProof } from '#ledger/tlog-proof.ts';
import { toBase64, utf8 } from '#std/bytes.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';
import type { NetworkEvidence } from './network-evidence.ts';
import { projectView, renderProjectView } from './project-view.ts';
import type { ReportInput } from './report/input.ts';
import { renderReadme } from './report/readme.ts';
import { renderReport } from './report/report.ts';

export const BUNDLE_FORMAT = 'picturelock-bundle/v1';
/** Up to this many entries, each also gets a `.tlog-proof` of its own for other people's tools. */
export const TLOG_PROOFS_MAX = 64;

/** An entry with its bytes as stored. */
export interface StoredEntry extends Placed {
  readonly bytes: Uint8Array;
}

export interface BundleInput {
  readonly project: string;
  /** First instant of the range; null for the project's beginning. */
  readonly from: number | null;
  /** Exclusive; null for everything under the seal. */
  readonly until: number | null;
  /** The signed checkpoint, verbatim, and what it says. */
  readonly checkpoint: { readonly note: string; readonly origin: string; readonly size: number; readonly root: string };
  readonly policy: string;
  /** The project's stream from number 1 to its committed head, in order. */
  readonly stream: readonly StoredEntry[];
  /** Entries of other streams that are needed to read it, in ledger order; the heads entry is among them. */
  readonly support: readonly StoredEntry[];
  readonly headsIndex: number;
  /** The head's inclusion proof in the heads tree. */
  readonly headProof: Proof;
  /** Opened names: the entry that holds the sealed field, its field key, and what it opens to. */
  readonly names: readonly {
    readonly index: number;
    readonly person: string;
    readonly fieldKey: Uint8Array;
    readonly name: string;
  }[];
  /** The tiles that carry every entry above up to the root. */
  readonly tiles: readonly { readonly tile: Tile; readonly bytes: Uint8Array }[];
  /** Proofs of single entries, when there are few. */
  readonly proofs: ReadonlyMap<number, Proof>;
  /** The network at the end of the range, when the facility has declared one. */
  readonly network: NetworkEvidence | undefined;
  /** `verify.mjs` and `report/*.mjs`, as they ship. */
  readonly verifier: ReadonlyMap<string, Uint8Array>;
}

export function bundleFiles(input: BundleInput): ReadonlyMap<string, Uint8Array> {
  const report = reportInput(input);
  const files = new Map<string, Uint8Array>([
    ['README.txt', utf8(renderReadme(report))],
    ['report.html', utf8(renderReport(report))],
    ['policy.txt', utf8(input.policy)],
    ['log/checkpoint', utf8(input.checkpoint.note)],
    ...input.tiles.map(({ tile, bytes }) => [`log/${tilePath(tile)}`, bytes] as const),
    ...entryFiles('stream', input.stream),
    ['stream/head.json', json({ heads: input.headsIndex, proof: input.headProof.map(toBase64) })],
    ...entryFiles('support', input.support),
    ['support/names.json', json(input.names.map(({ index, fieldKey }) => ({ index, key: toBase64(fieldKey) })))],
    ['state/start.json', utf8(renderProjectView(report.start))],
    ['state/end.json', utf8(renderProjectView(report.end))],
    ...networkFiles(input),
    ...tlogProofs(input),
    ...input.verifier,
  ]);
  return files.set('manifest.json', manifest(input, files));
}

/** Exactly what the verifier derives from the finished bundle, so that it renders the same report. */
export function reportInput(input: BundleInput): ReportInput {
  const { project, from, until, checkpoint, stream, support, policy } = input;
  const heads = support.find(({ index }) => index === input.headsIndex);
  return {
    project,
    from,
    until,
    policy,
    placed: stream,
    support,
    names: Object.fromEntries(input.names.map(({ person, name }) => [person, name])),
    start: projectView(stream, from ?? 0),
    end: projectView(stream, until),
    seal: {
      origin: checkpoint.origin,
      size: checkpoint.size,
      root: checkpoint.root,
      headsIndex: input.headsIndex,
      headsAt: heads?.entry.at ?? 0,
    },
  };
}

function entryFiles(folder: string, entries: readonly StoredEntry[]): readonly (readonly [string, Uint8Array])[] {
  const newline = Buffer.from('\n');
  return [
    [`${folder}/entries.jsonl`, Buffer.concat(entries.flatMap(({ bytes }) => [bytes, newline]))],
    [`${folder}/places.txt`, utf8(entries.map(({ index }) => `${index}\n`).join(''))],
  ];
}

function networkFiles({ network }: BundleInput): readonly (readonly [string, Uint8Array])[] {
  if (network === undefined) return [];
  return [
    ['network-map.svg', utf8(network.map)],
    ['network.json', utf8(network.summary)],
  ];
}

function tlogProofs({ proofs, checkpoint }: BundleInput): readonly (readonly [string, Uint8Array])[] {
  return [...proofs].map(([index, proof]) => [
    `proofs/${index}.tlog-proof`,
    utf8(renderTlogProof({ index, proof, checkpoint: checkpoint.note })),
  ]);
}

function manifest(input: BundleInput, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const hashes = Object.fromEntries([...files].map(([name, bytes]) => [name, hash('sha256', bytes, 'hex')]));
  return json({ files: hashes, format: BUNDLE_FORMAT, from: input.from, project: input.project, until: input.until });
}

function json(value: Json): Uint8Array {
  return utf8(`${canonical(value)}\n`);
}
