/** What the vault says and sends: refusals with a code and a sentence, lists, and bytes in a stream. */
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { RestRequest } from '#vault/server/rest-request.ts';
import { isFull } from '#vault/server/journal.ts';
import type { Vault } from '#vault/server/vault.ts';
import type { StoredObject } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

const V2 = 'application/vnd.x.restic.rest.v2';
const V1 = 'application/vnd.x.restic.rest.v1';
/** Arrivals in one answer; ask again after the last one. */
export const ARRIVALS_MAX = 10_000;
const LIST_PART_CHARS = 64 * 1024;

type Get = Extract<RestRequest, { kind: 'get' | 'size' | 'put' | 'remove' | 'heal' }>;

export async function sendList(
  vault: Vault,
  { client, type, version }: Extract<RestRequest, { kind: 'list' }>,
  response: ServerResponse,
): Promise<void> {
  const [contentType, rowOf] = version === 2 ? ([V2, sizedRow] as const) : ([V1, plainRow] as const);
  response.writeHead(200, { 'content-type': contentType });
  await pipeline(listText(vault.each(client, type), rowOf), response);
}

const sizedRow = ({ name, bytes }: StoredObject): unknown => ({ name, size: bytes });
const plainRow = ({ name }: StoredObject): unknown => name;

/** A list has no end that would fit into memory: it goes out in parts. */
async function* listText(rows: AsyncIterable<StoredObject>, rowOf: (row: StoredObject) => unknown) {
  let [part, between] = ['[', ''];
  for await (const row of rows) {
    part += `${between}${JSON.stringify(rowOf(row))}`;
    between = ',';
    if (part.length < LIST_PART_CHARS) continue;
    yield part;
    part = '';
  }
  yield `${part}]`;
}

export function sendArrivals(
  { holdings }: Vault,
  { client, after }: Extract<RestRequest, { kind: 'arrivals' }>,
  response: ServerResponse,
): void {
  const rows = holdings
    .after(after)
    .filter((held) => held.client === client)
    .take(ARRIVALS_MAX)
    .map((held) => ({
      n: held.n,
      type: held.type,
      name: held.object,
      size: held.bytes,
      arrivedAt: held.arrivedAt,
      lockedUntil: holdings.lockedUntil(held),
      ...(held.mark === undefined ? {} : { setAsideBy: held.mark.prune }),
    }))
    .toArray();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
}

export function sendNames(names: readonly string[], response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(names));
}

export async function sendSize(vault: Vault, { client, type, name }: Get, response: ServerResponse): Promise<void> {
  const bytes = (await vault.find(client, type, name))?.bytes;
  response.writeHead(bytes === undefined ? 404 : 200, { 'content-length': String(bytes ?? 0) }).end();
}

export async function sendObject(vault: Vault, asked: Get, response: ServerResponse): Promise<void> {
  const found = await vault.find(asked.client, asked.type, asked.name);
  if (found === undefined) return refuse(response, 404, 'not-here', 'there is no such object');
  const { path, bytes } = found;
  const range = asked.from === undefined ? asked.range : { offset: asked.from, length: bytes - asked.from };
  if (range !== undefined && (range.length < 1 || range.offset + range.length > bytes))
    return refuse(response, 416, 'bad-range', 'the object is shorter than this');
  const { offset, length } = range ?? { offset: 0, length: bytes };
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) };
  if (range === undefined) response.writeHead(200, headers);
  else response.writeHead(206, { ...headers, 'content-range': `bytes ${offset}-${offset + length - 1}/${bytes}` });
  if (length === 0) return void response.end();
  await pipeline(createReadStream(path, { start: offset, end: offset + length - 1, highWaterMark: 1 << 18 }), response);
}

export function refuse(response: ServerResponse, status: number, code: string, says: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${code}: ${says}\n`);
}

export function refuseFault(response: ServerResponse, cause: unknown): void {
  if (response.headersSent) return void response.destroy();
  const { code, says } = named(cause);
  refuse(response, STATUS[code] ?? 500, code, says);
}

/** A full disk has one name, whoever met it: the object, its folder, the clock's file, or the journal and its last sync. */
function named(cause: unknown): { readonly code: string; readonly says: string } {
  const isOutOfRoom = isFull(cause) || (cause instanceof Fault && isFull(cause.cause));
  if (isOutOfRoom)
    return { code: 'storage-full', says: 'the disk of the vault is full: give it room, then run this again' };
  if (cause instanceof Fault) return { code: cause.code, says: cause.message };
  const code = (cause as NodeJS.ErrnoException).code ?? 'fault'; // Node's errors have a code
  return { code, says: 'the vault could not do this now' };
}

const STATUS: Readonly<Record<string, number>> = {
  'wrong-name': 400,
  'cut-off': 400,
  'too-large': 413,
  'send-again': 409,
  'storage-full': 507,
  'quota-reached': 507,
  'not-held': 404,
  'set-aside': 403,
  unprovable: 403,
  whole: 403,
};
