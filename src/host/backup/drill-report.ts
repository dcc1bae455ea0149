/** Puts the parts of a drill together: the report that is kept whole, and the record that the ledger signs. */
import type { DrilledAnswer } from './job.ts';
import type { MediaFound } from './media-check.ts';
import { withFailures } from './named-failures.ts';
import type { SecondOpinion } from './second-tool.ts';
import { VERSION } from '#host/process/version.ts';
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';
import type { PolicyId } from '#std/ids.ts';
import { FAILURES_NAMED_MAX, recordSha256, reportSha256 } from '#vault/drill/drill-record.ts';
import type { DrillRecord } from '#vault/drill/drill-record.ts';
import { extrapolate } from '#vault/drill/extrapolate.ts';
import { ruledOutShare } from '#vault/drill/sample.ts';

export interface DrillFacts {
  /** Undefined when there is nothing to restore. */
  readonly backup: Backup | undefined;
  readonly why: DrillRecord['why'];
  readonly plan: DrillRecord['plan'];
  readonly seed: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly previous: string | undefined;
  /** When the newest snapshot that this vault holds was begun: what would be lost is younger. */
  readonly newestAt: number | undefined;
}

export interface DrillOutcome {
  readonly record: DrillRecord;
  /** Canonical JSON: what `reportSha256` is the hash of. */
  readonly report: string;
}

export function reportDrill(
  facts: DrillFacts,
  drilled: DrilledAnswer,
  second: SecondOpinion | undefined,
  media: MediaFound,
): DrillOutcome {
  const failures = [
    ...drilled.mismatches,
    ...(second?.mismatches ?? []).map(({ path, why }) => ({ path, why: `${second?.tool ?? ''}: ${why}` })),
    ...media.failures,
  ];
  const whole = extrapolate(drilled.parts, drilled.startMs, drilled.bytesOf);
  const { opened, wrongFrames, skipped } = media;
  const counts = {
    files: drilled.files,
    filesOf: drilled.filesOf,
    bytes: drilled.bytes,
    ...(drilled.bounded === undefined ? {} : { bounded: { plan: facts.plan, ...drilled.bounded } }),
    failed: drilled.mismatches.length,
    media: { opened, wrongFrames, skipped, brokenBefore: media.brokenBefore.length, ...toolOf(media) },
    ...(drilled.gaps.length === 0 ? {} : { gaps: drilled.gaps.length }),
    isolated: drilled.isolated,
    ...(second === undefined ? {} : { second: opinionOf(second) }),
  };
  const report = canonical({
    ...counts,
    snapshot: facts.backup?.taken?.snapshot,
    seed: facts.seed,
    parts: drilled.parts.map(({ bytes, ms }) => ({ bytes, ms })),
    bytesPerSecond: whole.bytesPerSecond,
    // Where large files were passed over, nothing is ruled out.
    ruledOutShare: failures.length === 0 && drilled.bounded === undefined ? ruledOutShare(drilled.files) : undefined,
    restored: drilled.restored.map(({ row }) => row.path),
    secondDrawn: second?.drawn,
    mediaDrawn: media.checked,
    brokenBefore: asText(media.brokenBefore),
    sequencesWithGaps: drilled.gaps.map((gap) => ({ ...gap })),
    failures: asText(failures),
  } as Json); // strings, numbers and lists of them
  const held = failures.length === 0 && drilled.isolated && (drilled.files > 0 || drilled.filesOf === 0);
  return {
    report,
    record: recordWith(failures, {
      ...frameOf(facts, report),
      ...(drilled.bounded === undefined ? {} : { plan: 'sample' as const }),
      ...counts,
      firstByteAt: facts.startedAt + Math.round(drilled.startMs + drilled.firstByteMs),
      rtoMs: whole.ms,
      rtoSpreadMs: whole.spreadMs,
      held,
    }),
  };
}

function toolOf({ tool, walls }: MediaFound) {
  return { ...(tool === undefined ? {} : { tool }), ...(walls === undefined ? {} : { walls }) };
}

/** As it goes into a record. */
export function opinionOf({ tool, files, bytes, ms, mismatches, walls }: SecondOpinion) {
  return { tool, files, failed: mismatches.length, walls, bytes, ms };
}

/** A copy that could not even be opened: nothing was restored, nothing was shown to be apart, and that is the finding. */
export function reportNothing(facts: DrillFacts, why: string): DrillOutcome {
  const { seed } = facts;
  const { snapshot, files: filesOf = 0 } = facts.backup?.taken ?? {};
  const report = canonical({ snapshot, seed, why: why.toWellFormed() });
  return {
    report,
    record: recordWith([{ path: '', why }], {
      ...frameOf(facts, report),
      files: 0,
      filesOf,
      bytes: 0,
      failed: 1,
      media: { opened: 0, wrongFrames: 0, skipped: 0 },
      rtoMs: 0,
      rtoSpreadMs: 0,
      isolated: false,
      held: false,
    }),
  };
}

function frameOf(
  { backup, why, plan, seed, startedAt, finishedAt, previous, newestAt = startedAt }: DrillFacts,
  report: string,
) {
  const snapshot = backup?.taken?.snapshot;
  return {
    ...(snapshot === undefined ? {} : { snapshot }),
    why,
    plan,
    seed,
    tool: `picturelock ${VERSION}`,
    startedAt,
    finishedAt,
    rpoMs: Math.max(0, startedAt - newestAt),
    reportSha256: reportSha256(report),
    ...(previous === undefined ? {} : { previous }),
  };
}

type Failures = readonly { readonly path: string; readonly why: string }[];

function recordWith(failures: Failures, rest: Omit<DrillRecord, 'failures'>): DrillRecord {
  return withFailures(rest, failures, FAILURES_NAMED_MAX);
}

function asText(failures: Failures) {
  return failures.map(({ path, why }) => ({ path: path.toWellFormed(), why: why.toWellFormed() }));
}

/** The hash of the newest finished drill of this policy: what the next one follows. */
export function previousOf(state: State, policy: PolicyId): string | undefined {
  const newest = [...state.backups.drills.values()]
    .filter((drill) => drill.policy === policy && drill.result !== undefined)
    .sort((a, b) => (a.result?.finishedAt ?? 0) - (b.result?.finishedAt ?? 0))
    .at(-1);
  return newest?.result === undefined ? undefined : recordSha256(newest.result);
}
