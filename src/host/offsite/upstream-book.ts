/** The first vaults that this one pulls: a file beside its journal, written by the command line on this machine, read anew for each look. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FINDINGS_KEPT, NO_PROGRESS } from '#vault/offsite/pull.ts';
import type { PullProgress } from '#vault/offsite/pull.ts';
import { Fault } from '#std/refused.ts';

const UPSTREAMS_MAX = 8;
const REPOSITORIES_MAX = 1000;
const SET_ASIDE_MAX = 1_000_000;
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/, 'small letters, digits and hyphens');

const upstreamRow = z.strictObject({
  name,
  url: z.url({ protocol: /^https$/ }).max(500),
  /** What we are called there. */
  client: name,
  /** PEM: the certificate that it shows. */
  serverCert: z.string().max(20_000),
  everyMinutes: z
    .int()
    .min(1)
    .max(7 * 1440),
  /** For each repository. */
  quotaBytes: z.int().min(0),
  lockDays: z.int().min(1).max(3650),
});
export type UpstreamRow = z.infer<typeof upstreamRow>;

const upstreams = z.strictObject({ upstreams: z.array(upstreamRow).max(UPSTREAMS_MAX) });

const finding = z.strictObject({
  code: z.enum(['changed', 'missing', 'gone', 'rolled-back']),
  object: z.string().max(120),
  at: z.number(),
});

const repositoryState = z.strictObject({
  progress: z.strictObject({
    after: z.int().min(0),
    fullAt: z.number().min(0),
    setAside: z.array(z.string().max(120)).max(SET_ASIDE_MAX),
    findings: z.array(finding).max(FINDINGS_KEPT),
  }),
  waiting: z.array(z.string().max(120)),
  /** Vault time when it was last complete: everything that had arrived at the first vault by then is here. */
  completeAt: z.number().optional(),
  /** When the newest object of it arrived at the first vault, by its clock. */
  newestArrivedAt: z.number().optional(),
});
export type RepositoryState = z.infer<typeof repositoryState>;

const upstreamState = z.strictObject({
  triedAt: z.number().optional(),
  /** Of the newest pull, when it failed. */
  failure: z.strictObject({ code: z.string(), says: z.string() }).optional(),
  repositories: z.record(z.string(), repositoryState),
});
export type UpstreamState = z.infer<typeof upstreamState>;

export const NEW_REPOSITORY: RepositoryState = {
  progress: { ...NO_PROGRESS, setAside: [], findings: [] },
  waiting: [],
};

export function readUpstreams(folder: string): readonly UpstreamRow[] {
  return readJson(join(folder, 'upstreams.json'), upstreams)?.upstreams ?? [];
}

export function addUpstream(folder: string, row: UpstreamRow): void {
  const all = readUpstreams(folder);
  if (all.some((one) => one.name === row.name))
    throw new Fault('upstream-exists', `a first vault ${row.name} is here already; nothing was changed`);
  const parsed = upstreams.safeParse({ upstreams: [...all, row] });
  if (!parsed.success) throw new Fault('upstream-shape', parsed.error.issues[0]?.message ?? 'this is no first vault');
  writeJson(folder, 'upstreams.json', parsed.data);
}

export function readUpstreamState(folder: string, upstream: string): UpstreamState {
  const known = readJson(join(folder, `pulls-${upstream}.json`), upstreamState);
  if (known !== undefined && Object.keys(known.repositories).length <= REPOSITORIES_MAX) return known;
  return { repositories: {} };
}

export function writeUpstreamState(folder: string, upstream: string, state: UpstreamState): void {
  writeJson(folder, `pulls-${upstream}.json`, state);
}

/** Lists that a file can hold. */
export function keptProgress({ after, fullAt, setAside, findings }: PullProgress): RepositoryState['progress'] {
  return { after, fullAt, setAside: setAside.slice(0, SET_ASIDE_MAX), findings: findings.slice(0, FINDINGS_KEPT) };
}

function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // an error of Node's file functions
    throw new Fault('vault-file', `${path} cannot be read as what it should be`, { cause });
  }
}

function writeJson(folder: string, file: string, value: unknown): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, file);
  writeFileSync(`${path}.new`, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
