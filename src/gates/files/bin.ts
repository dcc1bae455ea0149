/** The bin: what is deleted is kept for the facility's `binDays`, with its name and who put it there. */
import { BIN_DAYS, DAY_MS } from '#model/limits.ts';
import type { Binned } from '#ports/files.ts';
import type { Place, Workspace, WorkspaceNode } from '#ports/workspace.ts';
import type { BinnedId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { draft } from '#gates/files/file-act.ts';
import { asJson, listBinRecords } from '#gates/files/upload-record.ts';
import type { BinRecord } from '#gates/files/upload-record.ts';

/** Files of a binned folder that are summed up for its size; a larger folder shows what was counted. */
const SUMMED_MAX = 10_000;

/** Until when what leaves the tree at `at` is kept. */
export function keptUntil({ engine }: FilePorts, at: number): number {
  return at + (engine.state().facility?.binDays ?? BIN_DAYS) * DAY_MS;
}

/** Entry first, then the move; if the move fails the entry's opposite is recorded too. */
export async function putInBin(ports: FilePorts, act: FileAct, node: WorkspaceNode): Promise<Outcome<Binned>> {
  const id: BinnedId = makeId('binned', ports.random.bytes(ID_RANDOM_BYTES));
  const { gate, person } = act.actor;
  const binnedAt = ports.clock.now();
  const until = keptUntil(ports, binnedAt);
  const sizeBytes = node.type === 'file' ? node.sizeBytes : await sumOf(act.workspace, act.place);
  const record: BinRecord = { v: 1, id, path: act.path, sizeBytes, binnedAt, by: person, keptUntil: until };
  await act.workspace.noteDurably('bin', id, asJson(record));
  await ports.engine.record([draft(act, 'file.binned', { gate, binned: id, sizeBytes, keptUntil: until })]);
  const moved = await act.workspace.putInBin(id, act.place);
  if (!isRefused(moved)) return ok({ id, path: act.path, sizeBytes, binnedAt, by: person, keptUntil: until });
  await ports.engine.record([draft(act, 'file.unbinned', { gate, binned: id })]);
  act.workspace.discard('bin', id);
  return moved;
}

/** The place is free and the act permitted. */
export async function takeFromBin(ports: FilePorts, act: FileAct, record: BinRecord): Promise<Outcome<void>> {
  const { gate } = act.actor;
  await ports.engine.record([draft(act, 'file.unbinned', { gate, binned: record.id })]);
  const moved = await act.workspace.takeFromBin(record.id, act.place);
  if (!isRefused(moved)) {
    act.workspace.discard('bin', record.id);
    return ok(undefined);
  }
  const { sizeBytes, keptUntil } = record;
  await ports.engine.record([draft(act, 'file.binned', { gate, binned: record.id, sizeBytes, keptUntil })]);
  return moved;
}

/** What the bin really holds. */
export function binnedIn(workspace: Workspace): readonly BinRecord[] {
  return listBinRecords(workspace).filter((record) => workspace.held('bin', record.id) !== undefined);
}

async function sumOf(workspace: Workspace, place: Place): Promise<number> {
  let sum = 0;
  let left = SUMMED_MAX;
  const waiting: Place[] = [place];
  for (let at = waiting.pop(); at !== undefined && left > 0; at = waiting.pop()) {
    const listed = await workspace.list(at, left);
    if (isRefused(listed)) continue;
    left -= listed.value.nodes.length;
    for (const node of listed.value.nodes) {
      if (node.type === 'folder') waiting.push([...at, node.name]);
      else sum += node.sizeBytes;
    }
  }
  return sum;
}
