/** CLOSE, and what becomes of open files when a conversation ends without it. */
import type { Buffer } from 'node:buffer';
import { isRefused } from '#std/refused.ts';
import type { Handles, Open, OpenWrite } from '#gates/sftp/handles.ts';
import { encodeRefusal } from '#gates/sftp/refusals.ts';
import { encodeStatus } from '#gates/sftp/replies.ts';

/** A written file is finished here and nowhere else: only a client's own CLOSE gives it its name. */
export async function closeHandle(
  request: { readonly id: number; readonly handle: string },
  handles: Handles,
): Promise<Buffer> {
  const open = handles.remove(request.handle);
  switch (open?.kind) {
    case undefined:
      return encodeStatus(request.id, 'failure', 'no such handle');
    case 'folder':
      return encodeStatus(request.id, 'ok');
    case 'read':
      open.release();
      await open.file.close();
      return encodeStatus(request.id, 'ok');
    case 'write':
      try {
        return await finish(request.id, open);
      } finally {
        open.release();
      }
  }
}

/**
 * Bytes that came early and whose turn never came mean a hole: then the file is not finished. Their requests are
 * answered by the close itself; the client has no use for more.
 */
async function finish(id: number, open: OpenWrite): Promise<Buffer> {
  if (open.order.abandon().length > 0) open.failed ??= `bytes are missing after the first ${open.order.frontier}`;
  if (open.failed !== undefined) {
    await open.file.pause();
    return encodeStatus(id, 'failure', open.failed);
  }
  const outcome = await open.file.finish();
  return isRefused(outcome) ? encodeRefusal(id, outcome) : encodeStatus(id, 'ok');
}

/** The client is gone: what is written stays for a later try, what was read is accounted for. Failures do not add up. */
export async function abandonHandles(handles: Handles): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(handles.removeAll().map(abandon));
  return settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
}

async function abandon(open: Open): Promise<void> {
  if (open.kind === 'folder') return;
  open.release();
  if (open.kind === 'read') await open.file.close();
  else {
    open.order.abandon();
    await open.file.pause();
  }
}
