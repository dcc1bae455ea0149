/** `GET` and `HEAD /files/<project>/<path>`: ranges, validators, and a cut that ends it at once. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileEntry } from '#ports/files.ts';
import type { ProjectId } from '#std/ids.ts';
import { Fault, isRefused, refused } from '#std/refused.ts';
import type { ByteRange } from '#gates/portal/bulk/byte-range.ts';
import { parseRange } from '#gates/portal/bulk/byte-range.ts';
import type { BulkPorts, Caller } from '#gates/portal/bulk/ports.ts';
import { cut } from '#gates/registry/sever.ts';
import { sendRefusal, SHARED_HEADERS } from '#gates/portal/bulk/reply.ts';
import { sendBytes, STALLED_MS } from '#gates/portal/bulk/send-bytes.ts';

const NOT_SATISFIABLE = refused('range-not-satisfiable', 'The file has no such bytes.');

export async function download(
  ports: BulkPorts,
  caller: Caller,
  project: ProjectId,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const found = await ports.files.stat(caller.actor, project, path);
  if (isRefused(found)) return sendRefusal(response, found);
  const file = found.value;
  if (file.type !== 'file') return sendRefusal(response, refused('not-a-file', 'That is a folder, not a file.'));
  const etag = `"${file.tag ?? ''}"`;
  if (file.tag !== undefined && matches(request.headers['if-none-match'], etag)) {
    response.writeHead(304, { ...SHARED_HEADERS, etag }).end();
    return;
  }
  const ranged = request.method === 'GET' && isSameStill(request.headers['if-range'], etag);
  const range = ranged ? parseRange(request.headers.range, file.sizeBytes) : 'whole';
  if (range === 'unsatisfiable')
    return sendRefusal(response, NOT_SATISFIABLE, { 'content-range': `bytes */${file.sizeBytes}` });
  if (request.method === 'HEAD') {
    response.writeHead(200, headersOf(file, 'whole', etag)).end();
    return;
  }
  await send(ports, caller, project, file, range, etag, response);
}

async function send(
  ports: BulkPorts,
  caller: Caller,
  project: ProjectId,
  file: FileEntry,
  range: ByteRange | 'whole',
  etag: string,
  response: ServerResponse,
): Promise<void> {
  const { actor, session } = caller;
  const opened = await ports.files.openRead(actor, project, file.path, range === 'whole' ? undefined : range);
  if (isRefused(opened)) return sendRefusal(response, opened);
  const handle = opened.value;
  const needs = { action: 'file.read', project, path: file.path };
  const detach = session.attach(() => cut(response, response.socket), needs, actor.from);
  const undoStall = destroyWhenStalled(response);
  session.operations += 1;
  try {
    if (response.destroyed) return;
    // Another file came under this name since: its length would not be what the headers say.
    if (handle.tag !== undefined && `"${handle.tag}"` !== etag)
      throw new Fault('file-changed', 'The file was replaced just now.', { retry: true });
    response.writeHead(range === 'whole' ? 200 : 206, headersOf(file, range, etag));
    await sendBytes(
      response,
      handle,
      range === 'whole' ? { start: 0, end: file.sizeBytes } : range,
      session,
      ports.clock,
    );
    await ended(response);
  } finally {
    undoStall();
    detach();
    await handle.close();
  }
}

function ended(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.once('close', resolve).end(resolve);
  });
}

function destroyWhenStalled(response: ServerResponse): () => void {
  const { socket } = response;
  const destroy = (): void => void response.destroy();
  socket?.setTimeout(STALLED_MS, destroy);
  return () => socket?.setTimeout(0).off('timeout', destroy);
}

function headersOf(
  file: FileEntry,
  range: ByteRange | 'whole',
  etag: string,
): { readonly [name: string]: string | number } {
  const { start, end } = range === 'whole' ? { start: 0, end: file.sizeBytes } : range;
  return {
    ...SHARED_HEADERS,
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    'content-disposition': disposition(file.name),
    'accept-ranges': 'bytes',
    etag,
    'last-modified': new Date(file.modifiedAt).toUTCString(),
    ...(range !== 'whole' && { 'content-range': `bytes ${start}-${end - 1}/${file.sizeBytes}` }),
  };
}

/** RFC 6266: an ASCII name for old clients, the real one beside it. */
function disposition(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '_')
    .replace(/["\\%]/g, '_');
  const exact = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}

function matches(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}

/** `If-Range` compares strongly; a date is never strong enough here. */
function isSameStill(header: string | string[] | undefined, etag: string): boolean {
  return header === undefined || String(header).trim() === etag;
}
