/**
 * Stock restic as the second, independent tool of a drill: another program, written by other people, restores a share of the sample from the same
 * copy, and what it restores is compared with the same manifest. Password and address go to it in files.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RepositoryRef, RestoredRow } from './job.ts';
import { resticAddress } from './repository-place.ts';
import { compareFile } from '#vault/drill/compare.ts';
import type { Mismatch } from '#vault/drill/compare.ts';
import { pathBeneath } from '#vault/drill/compare.ts';
import { drawSample } from '#vault/drill/sample.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { readS3Credential } from '#vault/store/s3-place.ts';

export const SECOND_FILES_MAX = 30;
const RUN_MS_MAX = 30 * 60_000;
const VERSION_MS_MAX = 10_000;
const OUTPUT_BYTES_MAX = 1 << 20;
const run = promisify(execFile);

export interface SecondOpinion {
  readonly tool: string;
  readonly files: number;
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
}

/** `restic 0.14.0`, or nothing when it is not installed. */
export async function secondTool(): Promise<string | undefined> {
  try {
    const { stdout } = await run('restic', ['version'], { timeout: VERSION_MS_MAX });
    return /^restic \S+/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

export async function askSecondTool(ask: SecondAsk): Promise<SecondOpinion | undefined> {
  const tool = await secondTool();
  if (tool === undefined) return undefined;
  const rows = secondShare(
    ask.rows.map(({ row }) => row),
    ask.seed,
  );
  const target = join(ask.scratch, 'second');
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const included = rows.flatMap(({ path }) => ['--include', includePattern(pathBeneath(ask.source, path))]);
  const args = [...resticAccess(ask, ask.scratch), 'restore', ask.snapshot, '--target', target, ...included];
  const env = { ...plain(ask.scratch), ...bucketKeys(ask.place) };
  const ended = await run('restic', args, { timeout: RUN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX, env })
    .then(() => undefined)
    .catch((cause: unknown) => String((cause as { stderr?: string }).stderr ?? cause).slice(0, 200)); // what execFile rejects with
  const mismatches = [];
  for (const row of rows) {
    const mismatch = await compareFile(join(target, ask.source), row);
    if (mismatch !== undefined) mismatches.push({ ...mismatch, why: ended ?? mismatch.why });
  }
  return { tool, files: rows.length, mismatches, drawn: rows.map(({ path }) => path) };
}

/** Drawn by the drill's seed, and not the files that the sample's own draw puts first. */
export function secondShare(rows: readonly ManifestRow[], seed: string): readonly ManifestRow[] {
  const paths = rows.map(({ path }) => path);
  const drawn = new Set(drawSample(paths, `${seed}/second`, SECOND_FILES_MAX));
  return rows.filter(({ path }) => drawn.has(path));
}

/** How restic is told where and with what: names of files alone. */
export function resticAccess({ place, passwordFile }: RepositoryRef, scratch: string): readonly string[] {
  const address = join(scratch, 'repository');
  writeFileSync(address, withCredential(place), { mode: 0o600 });
  return [
    '--repository-file',
    address,
    '--password-file',
    passwordFile,
    '--no-cache',
    '--no-lock',
    ...tls(place, scratch),
  ];
}

function withCredential(place: StorePlace): string {
  if (place.kind !== 'rest' || place.credentialFile === undefined) return resticAddress(place);
  const [user = '', ...password] = (readFileSync(place.credentialFile, 'utf8').split('\n')[0] ?? '').split(':');
  const url = new URL(place.url);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return `rest:${url.href}`;
}

/** Restic takes the keys of a bucket by its environment alone. */
function bucketKeys(place: StorePlace): NodeJS.ProcessEnv {
  if (place.kind !== 's3') return {};
  const { accessKeyId, secretAccessKey, region } = readS3Credential(place);
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_DEFAULT_REGION: region };
}

function tls(place: StorePlace, scratch: string): readonly string[] {
  if (place.kind === 's3') return place.caFile === undefined ? [] : ['--cacert', place.caFile];
  if (place.kind !== 'rest') return [];
  const { caFile, certFile, keyFile } = place;
  const authority = caFile === undefined ? [] : ['--cacert', caFile];
  if (certFile === undefined || keyFile === undefined) return authority;
  const both = join(scratch, 'client.pem');
  copyFileSync(certFile, both);
  writeFileSync(both, readFileSync(keyFile), { flag: 'a', mode: 0o600 });
  return [...authority, '--tls-client-cert', both];
}

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

function plain(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' };
}
