/**
 * Follows a vault on another machine for the ledger here: asks it what came since, checks its signature against the identity that was pinned, writes
 * receipts, refusals, renewals, removals and doubts as entries, and leaves the ledger's word there. The vault connects to nobody.
 */
import { createPublicKey, hash, verify } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ledgerRecords } from '#host/vault/ledger-records.ts';
import type { LedgerRecords } from '#host/vault/ledger-records.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { VaultId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import { HELD_MAX, vaultReport } from '#vault/server/following.ts';
import type { AskedReport, LedgerWord, VaultReport } from '#vault/server/following.ts';

/** Reports in one round: a vault that always has more does not hold the round for ever. */
const REPORTS_MAX = 10_000;
const count = z.int().min(0);
const progress = z.strictObject({
  sentTo: count,
  /** Newest line that was heard of, and its hash. */
  n: count,
  head: z.string(),
  renewedAt: count,
  start: z.string(),
  /** `client code` → times that were told of this start of the vault. */
  refusals: z.record(z.string(), count),
  grown: z.record(z.string(), count),
  wentBackTo: count.optional(),
});
type Progress = z.infer<typeof progress>;
const NOTHING: Progress = { sentTo: 0, n: 0, head: '', renewedAt: 0, start: '', refusals: {}, grown: {} };

export interface Door {
  report(asked: AskedReport): Promise<SignedReport>;
  leaveWord(word: LedgerWord): Promise<void>;
}

export interface SignedReport {
  readonly body: Buffer;
  readonly signature: string;
  readonly key: string;
}

export interface FollowParts {
  readonly engine: EngineClient;
  readonly vault: VaultId;
  readonly door: Door;
  /** SHA-256 of the vault's public key. */
  readonly identity: string;
  /** How far the ledger has heard. */
  readonly progressPath: string;
  now(): number;
}

export interface Followed {
  readonly rows: number;
  readonly n: number;
}

export async function followOnce(parts: FollowParts): Promise<Followed> {
  const { engine, vault: id, door, progressPath: path } = parts;
  const records = ledgerRecords(engine, id);
  let known = readProgress(path);
  let rows = 0;
  for (let i = 0; i < REPORTS_MAX; i += 1) {
    const { sentTo: after, renewedAt, n: line } = known;
    const report = verified(await door.report({ after, renewedAt, line }), parts.identity);
    await expectOnward(records, path, known, report);
    const from = known;
    await records.accepted(report.rows, (sentTo) => (known = keep(path, { ...known, sentTo })));
    rows += report.rows.length;
    known = await tellRest(records, report, { ...known, n: report.n, head: report.head }, from);
    keep(path, known);
    if (!report.hasMore) break;
  }
  const declined = [...records.approved(parts.now()).declined];
  const held = [...records.onHold()];
  const isTooMuch = held.length > HELD_MAX;
  const isPaused = records.isPaused() || isTooMuch;
  await door.leaveWord({ at: parts.now(), isPaused, declined, held: isTooMuch ? [] : held });
  return { rows, n: known.n };
}

/** A journal that went back, by an old disk or an old copy, holds other lines: what it promised since is not promised any more. */
async function expectOnward(
  records: LedgerRecords,
  path: string,
  known: Progress,
  { n, headAt, doubt }: VaultReport,
): Promise<void> {
  if (known.n === 0 || headAt === known.head) return;
  const says = `line ${known.n} of its journal is not the one that was heard of; it is at line ${n}`;
  if (known.wentBackTo !== n)
    await records.refused({ client: 'vault', code: 'journal-went-back', object: says, times: 1 });
  if (doubt !== undefined) await records.doubted(doubt);
  keep(path, { ...known, wentBackTo: n });
  throw new Fault('vault-went-back', `The vault is not the one that it was: ${says}.`);
}

async function tellRest(
  records: LedgerRecords,
  report: VaultReport,
  known: Progress,
  from: Progress,
): Promise<Progress> {
  const told = report.start === from.start ? from.refusals : {};
  const refusals: Record<string, number> = {};
  for (const { client, code, object, times } of report.refusals) {
    const more = times - (told[`${client} ${code}`] ?? 0);
    if (more > 0) await records.refused({ client, code, object, times: more });
    refusals[`${client} ${code}`] = times;
  }
  const { renewal } = report;
  if (renewal !== undefined) {
    const { objects, lockedUntil, objectsSha256 } = renewal;
    await records.extended({ objects, lockedUntil, objectsSha256 });
  }
  const grown = await records.grew(report.grown, report.at, from.grown);
  if (report.doubt !== undefined) await records.doubted(report.doubt);
  if (report.damage !== undefined) await records.damaged(report.damage);
  if (report.pulled !== undefined) await records.pulled(report.pulled);
  for (const { prune, waiting, objects, bytes } of report.removals)
    if (waiting === 0 && objects > 0) await records.swept({ prune, objects, bytes });
  return { ...known, start: report.start, refusals, grown, renewedAt: renewal?.at ?? known.renewedAt };
}

function verified({ body, signature, key }: SignedReport, identity: string): VaultReport {
  const spki = Buffer.from(key, 'base64');
  if (hash('sha256', spki, 'hex') !== identity)
    throw new Fault('other-vault', 'Another vault answers there: its key is not the one that was pinned.');
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  if (!verify(null, body, publicKey, Buffer.from(signature, 'base64')))
    throw new Fault('bad-signature', 'The vault\u2019s report was changed on its way.');
  const report = vaultReport.parse(JSON.parse(body.toString('utf8')));
  if (report.vault !== identity) throw new Fault('other-vault', 'The report is another vault\u2019s.');
  return report;
}

function readProgress(path: string): Progress {
  try {
    return progress.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING; // an error of Node's file functions
    throw cause;
  }
}

function keep(path: string, known: Progress): Progress {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, JSON.stringify(known), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return known;
}
