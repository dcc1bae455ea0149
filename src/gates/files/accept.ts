/**
 * How an upload becomes a file, in an order that survives a crash between any two steps:
 *
 *   bytes synced and hashed -> still permitted? -> record says `accepting` (durable) -> final name (durable) -> entry `file.accepted` -> record removed
 *
 * A start that finds `accepting` looks whether the name was given: if so it writes the missing entry, if not the upload can be
 * resumed. A file that is not what its name says goes to the set-aside room, with an entry and a refusal.
 */
import type { Draft } from '#model/events.ts';
import type { PartFile } from '#ports/workspace.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';
import { clearTheWay } from '#gates/files/taken-name.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { keptUntil } from '#gates/files/bin.ts';
import { draft, refusalDraft, stillPermitted } from '#gates/files/file-act.ts';
import { HEAD_BYTES, recognise } from '#gates/files/file-types.ts';
import type { Finished } from '#gates/files/recorded-write.ts';
import { asJson } from '#gates/files/upload-record.ts';
import type { AsideRecord, UploadRecord } from '#gates/files/upload-record.ts';

/** The part is synced and hashed, the act permitted, the claim held; `closing` is recorded with the outcome. */
export async function accept(
  ports: FilePorts,
  act: FileAct,
  record: UploadRecord,
  part: PartFile,
  finished: Finished,
  closing: readonly Draft[],
): Promise<Outcome<Finished>> {
  const extra = ports.engine.state().facility?.extraFileTypes ?? [];
  const known = recognise(act.place.at(-1) ?? '', headOf(part), extra);
  if (isRefused(known)) return setAside(ports, act, record, finished, known, closing);
  const held: UploadRecord = {
    ...record,
    offset: finished.sizeBytes,
    ordered: true,
    bootId: ports.workspaces.bootId,
    // Whole under its unfinished name: another rename may still finish it.
    stage: record.stage === 'whole' ? 'whole' : 'held',
    touchedAt: ports.clock.now(),
  };
  // Syncing and hashing may have taken minutes: what was allowed then is asked again before anything of it shows.
  const late = endedMeanwhile(ports, act);
  if (late !== undefined) return keep(ports, act, held, late.why, [...closing, late.told]);
  const way = await clearTheWay(ports, act, record.replace);
  if (isRefused(way)) return keep(ports, act, held, way, closing);
  const accepted = { tag: part.tag, ...finished, type: known.type };
  await act.workspace.noteDurably(
    'parts',
    record.upload,
    asJson({ ...held, ...ids(act), path: act.path, stage: 'accepting', accepted }),
  );
  const last = endedMeanwhile(ports, act);
  if (last !== undefined) return keep(ports, act, held, last.why, [...closing, last.told]);
  const published = await act.workspace.publish(record.upload, act.place);
  if (isRefused(published)) return keep(ports, act, held, published, closing);
  await ports.engine.record([...closing, acceptedDraft(act, record, accepted)]);
  act.workspace.remember(accepted.tag, { sha256: finished.sha256, xxh64: finished.xxh64 });
  act.workspace.discard('parts', record.upload);
  return ok(finished);
}

/** The refusal, and its entry, when the act is no longer allowed. */
function endedMeanwhile(ports: FilePorts, act: FileAct): { readonly why: Refused; readonly told: Draft } | undefined {
  const again = stillPermitted(ports, act);
  if (!isRefused(again)) return undefined;
  return { why: again, told: refusalDraft(ports, act.actor, act.action, act.project.id, act.path, again) };
}

/** Who finishes an upload may not be the session that began it. */
function ids(act: FileAct): Pick<UploadRecord, 'session' | 'gate' | 'engagement'> {
  return { session: act.actor.session, gate: act.actor.gate, engagement: act.by.engagement };
}

export function acceptedDraft(
  act: FileAct,
  record: UploadRecord,
  accepted: NonNullable<UploadRecord['accepted']>,
): Draft {
  const { sizeBytes, sha256, xxh64, type } = accepted;
  return draft(act, 'file.accepted', { gate: act.actor.gate, upload: record.upload, sizeBytes, sha256, xxh64, type });
}

function headOf(part: PartFile): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  return head.subarray(0, part.readSync(head, 0));
}

/** The name is taken, or access has ended: the bytes stay where they are, whole and unseen, for another try. */
async function keep(
  ports: FilePorts,
  act: FileAct,
  held: UploadRecord,
  why: Refused,
  closing: readonly Draft[],
): Promise<Refused> {
  await act.workspace.noteDurably('parts', held.upload, asJson(held));
  await ports.engine.record(closing);
  return why;
}

async function setAside(
  ports: FilePorts,
  act: FileAct,
  record: UploadRecord,
  finished: Finished,
  why: Refused,
  closing: readonly Draft[],
): Promise<Refused> {
  const { upload } = record;
  const { sizeBytes, sha256, xxh64 } = finished;
  const at = ports.clock.now();
  const aside: AsideRecord = {
    v: 1,
    upload,
    path: act.path,
    why: why.code,
    at,
    by: act.actor.person,
    sizeBytes,
    keptUntil: keptUntil(ports, at),
  };
  await act.workspace.noteDurably('aside', upload, asJson(aside));
  await ports.engine.record([
    ...closing,
    draft(act, 'file.set-aside', { gate: act.actor.gate, upload, sizeBytes, sha256, xxh64, why: why.code }),
  ]);
  await act.workspace.setAside(upload);
  act.workspace.discard('parts', upload);
  return why;
}
