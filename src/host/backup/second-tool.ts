/**
 * Stock restic as the second, independent tool of a drill: another program, written by other people, restores a share of the sample from the same
 * copy, and what it restores is compared with the same manifest. It runs within walls: it sees the copy, read only, the files with the password and the
 * address, and the folder that it restores to.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryRef } from './repository-ref.ts';
import type { RestoredRow } from './job.ts';
import { resticAddress } from './repository-place.ts';
import { compareFile } from '#vault/drill/compare.ts';
import type { Mismatch } from '#vault/drill/compare.ts';
import { pathBeneath } from '#vault/drill/compare.ts';
import { drawSample } from '#vault/drill/sample.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { RestPlace } from '#vault/store/rest-store.ts';
import { readS3Credential } from '#vault/store/s3-place.ts';
import { openWalls } from '#host/walls/walls.ts';
import type { ToolLimits, Walls } from '#host/walls/walls.ts';
import type { Way } from '#host/walls/way-door.ts';
import type { WallsWord } from '#model/backup-shapes.ts';

export const SECOND_FILES_MAX = 30;
/** The index of a large repository is held in memory. */
const LIMITS: ToolLimits = {
  memoryBytes: 4 * 2 ** 30,
  cpuSeconds: 60 * 60,
  wallMs: 30 * 60_000,
  outputBytes: 1 << 20,
};
/** What it may write beside the bytes of the files. */
const FILE_SPARE_BYTES = 1 << 20;

export interface SecondOpinion {
  readonly tool: string;
  readonly walls: WallsWord;
  readonly files: number;
  /** Of its share; and how long it took for that, from its start to its end. */
  readonly bytes: number;
  readonly ms: number;
  readonly mismatches: readonly Mismatch[];
  /** What was drawn for it, in the order of paths: the same seed draws the same. */
  readonly drawn: readonly string[];
}

export interface SecondAsk extends RepositoryRef {
  readonly snapshot: string;
  readonly source: string;
  readonly rows: readonly RestoredRow[];
  readonly seed: string;
  readonly scratch: string;
  readonly walls: Walls;
}

/** `restic 0.14.0`, or nothing when it is not installed. */
async function secondTool(walls: Walls): Promise<string | undefined> {
  const { out } = await walls.run({ program: 'restic', args: () => ['version'], limits: LIMITS });
  return /^restic [\w.+~-]{1,60}/.exec(out)?.[0];
}

export async function askSecondTool(ask: SecondAsk): Promise<SecondOpinion | undefined> {
  const { walls, scratch, source } = ask;
  const tool = await secondTool(walls);
  if (tool === undefined) return undefined;
  const rows = secondShare(
    ask.rows.map(({ row }) => row),
    ask.seed,
  );
  const target = join(scratch, 'second');
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const included = rows.flatMap(({ path }) => ['--include', includePattern(pathBeneath(source, path))]);
  const access = resticAccess(ask, scratch);
  const reached = reachedAt(ask.place);
  const reaches = reached === undefined ? {} : { reaches: reached };
  const bytes = rows.reduce((sum, { size }) => sum + size, 0);
  const begun = performance.now();
  const { end, says } = await walls.run({
    program: 'restic',
    args: () => [...access.args, 'restore', ask.snapshot, '--target', target, ...included],
    env: { HOME: scratch, ...access.env },
    reads: access.files,
    writes: [target],
    ...reaches,
    limits: { ...LIMITS, fileBytes: FILE_SPARE_BYTES + bytes },
  });
  const ms = Math.ceil(performance.now() - begun);
  const why = end === 'well' ? undefined : `${end === 'badly' ? 'it failed' : `it was cut short (${end})`}: ${says}`;
  const mismatches = [];
  for (const row of rows) {
    const mismatch = await compareFile(join(target, source), row);
    if (mismatch !== undefined) mismatches.push({ ...mismatch, why: why ?? mismatch.why });
  }
  return {
    tool,
    walls: walls.word(reaches),
    files: rows.length,
    bytes,
    ms,
    mismatches,
    drawn: rows.map(({ path }) => path),
  };
}

/** Walls for the programs of a drill of this copy. */
export function wallsFor(place: StorePlace, scratch: string, signal: AbortSignal | undefined): Promise<Walls> {
  const way = reachedAt(place);
  return openWalls(join(scratch, 'walls'), {
    ...(signal === undefined ? {} : { signal }),
    ...(way === undefined || way === 'anything' ? {} : { way }),
  });
}

/** Where the copy is reached. Amazon's names lead to others, and an address of version 6 has no way made for it: then the network is open. */
export function reachedAt(place: StorePlace): Way | 'anything' | undefined {
  if (place.kind === 'folder') return undefined;
  const { protocol, hostname, port } = new URL(place.kind === 's3' ? place.endpoint : place.url);
  if (hostname.startsWith('[') || hostname.endsWith('.amazonaws.com')) return 'anything';
  return { host: hostname, port: Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port) };
}

/** Drawn by the drill's seed, and not the files that the sample's own draw puts first. */
export function secondShare(rows: readonly ManifestRow[], seed: string): readonly ManifestRow[] {
  const paths = rows.map(({ path }) => path);
  const drawn = new Set(drawSample(paths, `${seed}/second`, SECOND_FILES_MAX));
  return rows.filter(({ path }) => drawn.has(path));
}

interface Access {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** All that has to be read for it. */
  readonly files: readonly string[];
}

/** How restic is told where and with what: names of files alone, in arguments as in its environment. */
function resticAccess({ place, passwordFile }: RepositoryRef, scratch: string): Access {
  const address = join(scratch, 'repository');
  writeFileSync(address, withCredential(place), { mode: 0o600 });
  const ways = [tls(place, scratch), bucketKeys(place, scratch)];
  const files = ['--repository-file', address, '--password-file', passwordFile, '--no-cache', '--no-lock'];
  return {
    args: [...files, ...ways.flatMap(({ args }) => args)],
    env: Object.assign({}, ...ways.map(({ env }) => env)) as Access['env'], // each is one
    files: [
      address,
      passwordFile,
      ...(place.kind === 'folder' ? [place.folder] : []),
      ...ways.flatMap((one) => one.files),
    ],
  };
}

function withCredential(place: StorePlace): string {
  if (place.kind !== 'rest' || place.credentialFile === undefined) return resticAddress(place);
  const [user = '', ...password] = (readFileSync(place.credentialFile, 'utf8').split('\n')[0] ?? '').split(':');
  const url = new URL(place.url);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return `rest:${url.href}`;
}

const NOTHING: Access = { args: [], env: {}, files: [] };

/** Restic takes the keys of a bucket by its environment, or as Amazon's own tools do, in a file that the environment names. */
function bucketKeys(place: StorePlace, scratch: string): Access {
  if (place.kind !== 's3') return NOTHING;
  const { accessKeyId, secretAccessKey, region } = readS3Credential(place);
  const file = join(scratch, 'bucket-keys');
  const lines = ['[default]', `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`, ''];
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
  return { args: [], env: { AWS_SHARED_CREDENTIALS_FILE: file, AWS_DEFAULT_REGION: region }, files: [file] };
}

function tls(place: StorePlace, scratch: string): Access {
  if (place.kind === 'folder') return NOTHING;
  const { args, files } = place.kind === 'rest' ? certified(place, scratch) : NOTHING;
  const { caFile } = place;
  return caFile === undefined
    ? { args, env: {}, files }
    : { args: ['--cacert', caFile, ...args], env: {}, files: [caFile, ...files] };
}

/** The client's own certificate and key, in one file; the first may end without the end of its line. */
function certified({ certFile, keyFile }: RestPlace, scratch: string): Access {
  if (certFile === undefined || keyFile === undefined) return NOTHING;
  const both = join(scratch, 'client.pem');
  writeFileSync(both, Buffer.concat([readFileSync(certFile), LINE_END, readFileSync(keyFile)]), { mode: 0o600 });
  return { args: ['--tls-client-cert', both], env: {}, files: [both] };
}

const LINE_END = Buffer.from('\n');

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const CHARACTER_BYTES_MAX = 4;

/**
 * A pattern that means this path. An argument is text: where the path's bytes are none, each of them is `?`, which takes one byte that is no character;
 * it may mean a neighbour, too, and what is compared is this path alone.
 */
export function includePattern(path: string | Buffer): string {
  const bytes = Buffer.from(path);
  let pattern = '';
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at);
    pattern += character === undefined ? '?' : character.replace(/[\\*?[\]]/, (sign) => `\\${sign}`);
    at += character === undefined ? 1 : Buffer.byteLength(character);
  }
  return pattern;
}

function characterAt(bytes: Buffer, at: number): string | undefined {
  for (let length = 1; length <= CHARACTER_BYTES_MAX && at + length <= bytes.length; length += 1) {
    try {
      return strict.decode(bytes.subarray(at, at + length));
    } catch {
      continue;
    }
  }
  return undefined;
}
