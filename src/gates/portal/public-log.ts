/**
 * The ledger as a C2SP tlog-tiles log beneath `/log/`, read-only. Checkpoint and hash tiles are for whoever may search any ledger
 * stream; entry bundles hold every client's entries and are for whoever may search all of them. Never for strangers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SealedLog } from '#ports/sealed-log.ts';
import { isRefused } from '#std/refused.ts';
import type { Outcome } from '#std/refused.ts';

export interface LogRights {
  readonly tiles: boolean;
  readonly entries: boolean;
}

export interface PublicLog {
  readonly log: SealedLog;
  readonly rights: (request: IncomingMessage) => Promise<Outcome<LogRights>>;
  readonly origin: () => string;
}

const TILE = /^tile\/(entries|\d{1,2})(\/x\d{3})*\/\d{3}(\.p\/\d{1,3})?$/;

export async function servePublicLog(
  { log, rights }: PublicLog,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const may = await rights(request);
  if (isRefused(may)) return plain(response, 401, `${may.message}\n`);
  const name = path.slice('/log/'.length);
  const isEntries = name.startsWith('tile/entries/');
  if (!(isEntries ? may.value.entries : may.value.tiles))
    return plain(response, 403, 'Your roles do not allow this.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'This log is read-only.\n');
  if (name === 'checkpoint') {
    const head = await log.checkpoint();
    return head === undefined ? plain(response, 404, 'Nothing is sealed yet.\n') : plain(response, 200, head.note);
  }
  const bytes = TILE.test(name) ? await log.logFile(name) : undefined;
  if (bytes === undefined) return plain(response, 404, 'There is no such file in the log.\n');
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes.byteLength,
    'cache-control': 'private, max-age=31536000, immutable',
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}
