/** OPEN and OPENDIR: from flags to a decided, recorded open file. */
import type { Buffer } from 'node:buffer';
import { isRefused, refused } from '#std/refused.ts';
import type { Handles } from '#gates/sftp/handles.ts';
import { OrderedWrites } from '#gates/sftp/ordered-writes.ts';
import { factsOf, rootNames, spotOf, type Speaker, type Spot } from '#gates/sftp/speaker.ts';
import { encodeRefusal } from '#gates/sftp/refusals.ts';
import { encodeHandle, encodeStatus } from '#gates/sftp/replies.ts';
import type { Answerable } from '#gates/sftp/requests.ts';
import { OPEN_FLAG } from '#gates/sftp/wire.ts';

type OpenRequest = Extract<Answerable, { kind: 'open' }>;

const IS_FOLDER = refused('is-a-folder', 'This is a folder.');
export async function openFile(request: OpenRequest, speaker: Speaker, handles: Handles): Promise<Buffer> {
  const { id, flags } = request;
  if (handles.isFull) return encodeStatus(id, 'failure', 'too many open files in this session');
  const spot = spotOf(request.path, speaker);
  if (isRefused(spot)) return encodeRefusal(id, spot);
  if (spot === 'root' || spot.path === '') return encodeRefusal(id, IS_FOLDER);
  if (flags & OPEN_FLAG.write) return openForWriting(id, flags, spot, speaker, handles);
  if (flags & OPEN_FLAG.read) return openForReading(id, spot, speaker, handles);
  return encodeStatus(id, 'failure', 'open neither to read nor to write');
}

async function openForReading(id: number, spot: Spot, speaker: Speaker, handles: Handles): Promise<Buffer> {
  const outcome = await speaker.files.openRead(speaker.actor, spot.project.id, spot.path);
  if (isRefused(outcome)) return encodeRefusal(id, outcome);
  const release = speaker.guard({ action: 'file.read', project: spot.project.id, path: spot.path });
  return encodeHandle(id, handles.add({ kind: 'read', file: outcome.value, release }));
}

/**
 * TRUNC starts anew and may replace; EXCL never replaces; neither of them continues what an earlier try of the same
 * person left. A finished file is never continued or changed in place: that open is refused. Bytes written are not read
 * back through the same handle, even when the client asked for both.
 */
async function openForWriting(
  id: number,
  flags: number,
  spot: Spot,
  speaker: Speaker,
  handles: Handles,
): Promise<Buffer> {
  const isNew = (flags & OPEN_FLAG.truncate) !== 0;
  const isExclusive = (flags & OPEN_FLAG.exclusive) !== 0;
  const options = { resume: !isNew && !isExclusive, replace: isNew && !isExclusive };
  const outcome = await speaker.files.openWrite(speaker.actor, spot.project.id, spot.path, options);
  if (isRefused(outcome)) return encodeRefusal(id, outcome);
  const file = outcome.value;
  const order = new OrderedWrites(file.offset, (bytes, position) => file.writeSync(bytes, position));
  const release = speaker.guard({ action: 'file.write', project: spot.project.id, path: spot.path });
  return encodeHandle(
    id,
    handles.add({ kind: 'write', file, order, appends: (flags & OPEN_FLAG.append) !== 0, release }),
  );
}

export async function openFolder(
  request: { readonly id: number; readonly path: string },
  speaker: Speaker,
  handles: Handles,
): Promise<Buffer> {
  if (handles.isFull) return encodeStatus(request.id, 'failure', 'too many open files in this session');
  const spot = spotOf(request.path, speaker);
  if (isRefused(spot)) return encodeRefusal(request.id, spot);
  if (spot === 'root')
    return encodeHandle(
      request.id,
      handles.add({ kind: 'folder', names: rootNames(speaker), truncated: false, at: 0 }),
    );
  const outcome = await speaker.files.list(speaker.actor, spot.project.id, spot.path, false);
  if (isRefused(outcome)) return encodeRefusal(request.id, outcome);
  const names = outcome.value.entries.map((entry) => ({ name: entry.name, ...factsOf(entry) }));
  return encodeHandle(request.id, handles.add({ kind: 'folder', names, truncated: outcome.value.truncated, at: 0 }));
}
