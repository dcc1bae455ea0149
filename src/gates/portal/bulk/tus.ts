/**
 * `/uploads`: tus 1.0.0 with creation, creation-with-upload, termination, expiration and checksum. Offsets are bytes that are safely held; an
 * upload outlives its connection and this process. Each request is decided and recorded anew and cut like any other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UploadStatus, WriteHandle } from '#ports/files.ts';
import type { ProjectId, UploadId } from '#std/ids.ts';
import { isId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import { cut } from '#gates/registry/sever.ts';
import type { BulkPorts, Caller } from '#gates/portal/bulk/ports.ts';
import type { Received } from '#gates/portal/bulk/receive-bytes.ts';
import { receiveBytes } from '#gates/portal/bulk/receive-bytes.ts';
import { sendRefusal, SHARED_HEADERS } from '#gates/portal/bulk/reply.ts';
import type { Running } from '#gates/portal/bulk/running.ts';
import {
  badRequest,
  CHECKSUM_ALGORITHMS,
  OFFSET_STREAM,
  parseChecksum,
  parseCount,
  parseMetadata,
  parseTarget,
  TUS_EXTENSIONS,
  TUS_VERSION,
} from '#gates/portal/bulk/tus-headers.ts';
import type { ExpectedChecksum, UploadTarget } from '#gates/portal/bulk/tus-headers.ts';

/** As announced; the file service holds the same limit. */
const SIZE_MAX = 16 * 2 ** 40;
const PARENTS_MAX = 32;

const VERSION = refused(
  'tus-version',
  `Only tus ${TUS_VERSION} is spoken here.`,
  'Send the header Tus-Resumable: 1.0.0.',
);
const CONTENT_TYPE = refused('wrong-content-type', `An upload's bytes are ${OFFSET_STREAM}.`);
const CHECKSUM = refused(
  'checksum-mismatch',
  'The bytes are not those of the checksum; they were thrown away.',
  'Send them again.',
);
const CONFLICT = refused('offset-conflict', 'The upload does not go on at this offset.', 'Ask for its offset first.');
const UNKNOWN = refused('upload-unknown', 'There is no such upload.', 'Start it again.');

export interface TusCall {
  readonly ports: BulkPorts;
  readonly caller: Caller;
  readonly running: Running;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One upload by its address. */
interface Addressed {
  readonly alias: string;
  readonly project: ProjectId;
  readonly upload: UploadId;
}

const TUS_HEADERS = { ...SHARED_HEADERS, 'tus-resumable': TUS_VERSION } as const;

export function tusOptions(response: ServerResponse): void {
  response
    .writeHead(204, {
      ...TUS_HEADERS,
      'tus-version': TUS_VERSION,
      'tus-extension': TUS_EXTENSIONS,
      'tus-max-size': SIZE_MAX,
      'tus-checksum-algorithm': CHECKSUM_ALGORITHMS.join(','),
    })
    .end();
}

/** `rest` is the path behind `/uploads`. */
export async function tus(call: TusCall, rest: string): Promise<void> {
  const { request } = call;
  if (request.headers['tus-resumable'] !== TUS_VERSION) return refuse(call, VERSION, { 'tus-version': TUS_VERSION });
  if (rest === '' || rest === '/')
    return request.method === 'POST'
      ? create(call)
      : refuse(call, refused('method-not-allowed', 'Only POST makes an upload.'));
  const at = addressed(call.ports, rest);
  if (isRefused(at)) return refuse(call, at);
  switch (request.method) {
    case 'HEAD':
      return head(call, at);
    case 'PATCH':
      return patch(call, at);
    case 'DELETE':
      return remove(call, at);
    default:
      return refuse(call, refused('method-not-allowed', 'An upload knows HEAD, PATCH and DELETE.'));
  }
}

function addressed(ports: BulkPorts, rest: string): Addressed | Refused {
  const [, alias = '', upload, ...more] = rest.split('/');
  const project = ports.projectByAlias(alias);
  return project !== undefined && isId('upload', upload) && more.length === 0 ? { alias, project, upload } : UNKNOWN;
}

async function create(call: TusCall): Promise<void> {
  const { ports, caller, request } = call;
  const sizeBytes = parseCount(request.headers['upload-length']);
  if (sizeBytes === undefined) return refuse(call, badRequest('An upload says its length when it is made.'));
  if (sizeBytes > SIZE_MAX) return refuse(call, refused('too-large', 'This file is larger than a file may be.'));
  const note = request.headers['upload-metadata'] ?? '';
  const metadata = parseMetadata(note);
  if (isRefused(metadata)) return refuse(call, metadata);
  const target = parseTarget(metadata);
  if (isRefused(target)) return refuse(call, target);
  const project = ports.projectByAlias(target.alias);
  if (project === undefined) return refuse(call, refused('unknown-project', 'There is no such project.'));
  const folder = await makeParents(call, project, target);
  if (isRefused(folder)) return refuse(call, folder);
  const made = await ports.files.createUpload(caller.actor, project, target.path, {
    sizeBytes,
    note: String(note),
    replace: target.replace,
  });
  if (isRefused(made)) return refuse(call, made);
  await created(call, { alias: target.alias, project, upload: made.value.upload }, made.value);
}

/** With the first bytes in the same request, or none; an empty file is complete at once. */
async function created(call: TusCall, at: Addressed, status: UploadStatus): Promise<void> {
  const location = `/uploads/${at.alias}/${at.upload}`;
  const hasBody = call.request.headers['content-type'] === OFFSET_STREAM;
  if (!hasBody && status.sizeBytes !== 0) return done(call, 201, { location, ...expires(status) });
  const outcome = await append(call, at, status, 0);
  if (outcome === undefined) return undefined;
  return isRefused(outcome)
    ? refuse(call, outcome)
    : done(call, 201, { location, 'upload-offset': outcome.value, ...expires(status) });
}

/** A folder that is sent is made on the way, as far as it is missing and the person may make folders. */
async function makeParents(
  { ports, caller }: TusCall,
  project: ProjectId,
  { path }: UploadTarget,
): Promise<Outcome<void>> {
  const names = path.split('/').slice(0, -1);
  for (let depth = 2; depth <= Math.min(names.length, PARENTS_MAX); depth += 1) {
    const folder = names.slice(0, depth).join('/');
    const there = await ports.files.stat(caller.actor, project, folder);
    if (!isRefused(there)) continue;
    if (there.code !== 'not-found') return there;
    const made = await ports.files.makeFolder(caller.actor, project, folder);
    // Another upload of the same folder may have made it meanwhile.
    if (isRefused(made) && made.code !== 'name-taken') return made;
  }
  return ok(undefined);
}

/** A client that asks where to go on has lost the connection before: what is left of it here is ended first. */
async function head(call: TusCall, at: Addressed): Promise<void> {
  const { ports, caller } = call;
  await call.running.end(at.upload, caller.actor.person);
  const found = await ports.files.uploadStatus(caller.actor, at.project, at.upload);
  if (isRefused(found)) return refuse(call, found);
  const status = found.value;
  if (status.offset === status.sizeBytes && !status.finished) {
    const finished = await append(call, at, status, status.offset);
    if (finished === undefined || isRefused(finished))
      return finished === undefined ? undefined : refuse(call, finished);
  }
  done(call, 200, {
    'upload-offset': status.offset,
    ...(status.sizeBytes !== undefined && { 'upload-length': status.sizeBytes }),
    ...(status.note !== '' && { 'upload-metadata': status.note }),
    ...expires(status),
  });
}

async function patch(call: TusCall, at: Addressed): Promise<void> {
  const { ports, caller, request } = call;
  if (request.headers['content-type'] !== OFFSET_STREAM) return refuse(call, CONTENT_TYPE);
  const offset = parseCount(request.headers['upload-offset']);
  if (offset === undefined) return refuse(call, badRequest('The header Upload-Offset is missing or no number.'));
  if (call.running.has(at.upload))
    return refuse(
      call,
      refused('upload-busy', 'This upload is being written by another connection.', 'Try again in a moment.'),
    );
  const found = await ports.files.uploadStatus(caller.actor, at.project, at.upload);
  if (isRefused(found)) return refuse(call, found);
  if (found.value.offset !== offset) return refuse(call, CONFLICT, { 'upload-offset': found.value.offset });
  const outcome = await append(call, at, found.value, offset);
  if (outcome === undefined) return undefined;
  return isRefused(outcome)
    ? refuse(call, outcome)
    : done(call, 204, { 'upload-offset': outcome.value, ...expires(found.value) });
}

async function remove(call: TusCall, at: Addressed): Promise<void> {
  await call.running.end(at.upload, call.caller.actor.person);
  const dropped = await call.ports.files.dropUpload(call.caller.actor, at.project, at.upload);
  return isRefused(dropped) ? refuse(call, dropped) : done(call, 204, {});
}

/** Opens, takes the body, closes or finishes. The new offset; undefined when the connection is gone and nobody hears an answer. */
async function append(
  call: TusCall,
  at: Addressed,
  status: UploadStatus,
  offset: number,
): Promise<Outcome<number> | undefined> {
  const { ports, caller, request } = call;
  const checksum = parseChecksum(request.headers);
  if (isRefused(checksum)) return checksum;
  const limit = (status.sizeBytes ?? SIZE_MAX) - offset;
  if ((parseCount(request.headers['content-length']) ?? 0) > limit)
    return refused('too-large', 'More bytes than the upload announced.');
  const opened = await ports.files.openWrite(caller.actor, at.project, status.path, { upload: at.upload });
  if (isRefused(opened)) return opened;
  const handle = opened.value;
  if (handle.offset !== offset) {
    await handle.pause();
    return CONFLICT;
  }
  const leave = call.running.enter(at.upload, caller.actor.person, () => request.destroy());
  const needs = { action: 'file.write', project: at.project, path: status.path };
  const detach = caller.session.attach(() => cut(request, request.socket), needs, caller.actor.from);
  caller.session.operations += 1;
  try {
    return await take(call, handle, { offset, limit }, status, checksum);
  } finally {
    detach();
    await handle.pause();
    leave();
  }
}

async function take(
  call: TusCall,
  handle: WriteHandle,
  from: { readonly offset: number; readonly limit: number },
  status: UploadStatus,
  checksum: ExpectedChecksum | undefined,
): Promise<Outcome<number> | undefined> {
  const { ports, caller, request, response } = call;
  const received: Received =
    from.limit === 0
      ? { bytes: 0, complete: true }
      : await receiveBytes(
          { request, response, session: caller.session, clock: ports.clock, hash: checksum?.hash },
          handle,
          from,
        );
  if (checksum !== undefined && (!received.complete || checksum.hash.digest('base64') !== checksum.base64)) {
    await handle.pauseAt?.(from.offset);
    return received.complete ? CHECKSUM : undefined;
  }
  const offset = from.offset + received.bytes;
  if (offset !== status.sizeBytes) {
    await handle.pause();
    return received.complete ? ok(offset) : undefined;
  }
  const finished = await handle.finish();
  return isRefused(finished) ? finished : ok(offset);
}

function expires(status: UploadStatus): { readonly 'upload-expires': string } {
  return { 'upload-expires': new Date(status.expiresAt).toUTCString() };
}

function done({ response }: TusCall, code: number, headers: { readonly [name: string]: string | number }): void {
  response.writeHead(code, { ...TUS_HEADERS, ...headers, ...(code === 201 && { 'content-length': 0 }) }).end();
}

function refuse({ response }: TusCall, why: Refused, headers: { readonly [name: string]: string | number } = {}): void {
  sendRefusal(response, why, { 'tus-resumable': TUS_VERSION, ...headers });
}
