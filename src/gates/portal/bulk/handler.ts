/**
 * Bulk transfers, beside the framework: `GET|HEAD /files/<project>/<path>` and tus under `/uploads`. Every request is authenticated, kept from
 * other sites, decided and recorded before the first byte.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LiveSession } from '#ports/sessions.ts';
import type { SessionId } from '#std/ids.ts';
import type { PaceLimits } from '#std/pace.ts';
import { Pace } from '#std/pace.ts';
import type { Refused } from '#std/refused.ts';
import { Fault, isRefused, refused } from '#std/refused.ts';
import { download } from '#gates/portal/bulk/download.ts';
import type { BulkPorts, Caller } from '#gates/portal/bulk/ports.ts';
import { sendFault, sendRefusal } from '#gates/portal/bulk/reply.ts';
import { Running } from '#gates/portal/bulk/running.ts';
import { tus, tusOptions } from '#gates/portal/bulk/tus.ts';

/** Transfers of one session at the same time. */
export const TRANSFERS_PER_SESSION_MAX = 64;

/** Requests of one session: faster ones wait. A tenth of what the ledger takes; no browser works so fast for long. */
export const FILE_PACE: PaceLimits = { burst: 5_000, everyMs: 0.5 };

const CROSS_SITE = refused(
  'cross-site',
  'This request comes from another site.',
  'Open Picturelock itself and try again.',
);
const METHOD = refused('method-not-allowed', 'Files are read with GET or HEAD.');
const BAD_PATH = refused('bad-request', 'The address is not readable.');
const TOO_MANY = refused(
  'too-many-transfers',
  'Too many transfers are running in this session.',
  'Wait until some of them are done.',
);

/** Answers true when the request is one for bulk transfers, and then answers it. A bug in here ends the process, as everywhere. */
export type BulkHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createBulkHandler(ports: BulkPorts): BulkHandler {
  const running = new Running();
  const transfers = new Map<SessionId, number>();
  const paces = new WeakMap<LiveSession, Pace>();
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (!/^\/(files|uploads)(\/|$)/.test(path)) return false;
    // A broken connection shows where the bytes are read or written; the streams themselves must not throw.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void serve(ports, { running, transfers, paces }, path, request, response);
    return true;
  };
}

/** What one handler keeps of its sessions. */
interface Kept {
  readonly running: Running;
  readonly transfers: Map<SessionId, number>;
  readonly paces: WeakMap<LiveSession, Pace>;
}

async function serve(
  ports: BulkPorts,
  { running, transfers, paces }: Kept,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (isCrossSite(request)) return sendRefusal(response, CROSS_SITE);
    if (request.method === 'OPTIONS' && path.startsWith('/uploads')) return tusOptions(response);
    const caller = await ports.authenticate(request);
    if (isRefused(caller)) return sendRefusal(response, caller);
    const leave = enter(transfers, caller.session);
    if (isRefused(leave)) return sendRefusal(response, leave);
    try {
      await inPace(ports, paces, caller.session);
      await route(ports, running, caller, path, request, response);
    } finally {
      leave();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    sendFault(response, error);
  }
}

async function route(
  ports: BulkPorts,
  running: Running,
  caller: Caller,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (path.startsWith('/uploads'))
    return tus({ ports, caller, running, request, response }, path.slice('/uploads'.length));
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sendRefusal(response, METHOD, { allow: 'GET, HEAD' });
  const [alias, ...names] = decoded(path.slice('/files/'.length)) ?? [];
  if (alias === undefined || names.length === 0) return sendRefusal(response, BAD_PATH);
  const project = ports.projectByAlias(alias);
  if (project === undefined) return sendRefusal(response, refused('unknown-project', 'There is no such project.'));
  return download(ports, caller, project, names.join('/'), request, response);
}

/** Each name decoded by itself; a name with a slash in it is refused later, as a name. */
function decoded(path: string): readonly string[] | undefined {
  try {
    const names = path.split('/').map((name) => decodeURIComponent(name));
    return names.some((name) => name.includes('/')) ? undefined : names;
  } catch {
    return undefined; // bad percent-encoding
  }
}

/**
 * Browsers say where a request comes from; only our own pages may make one. Clients that are no browsers say nothing, and carry no
 * cookie that somebody else's page could use.
 */
function isCrossSite(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

/** Waits its turn. As many wait as transfers may run. A session that ends meanwhile is refused by the decision that follows. */
async function inPace({ clock, pace: limits }: BulkPorts, paces: Kept['paces'], session: LiveSession): Promise<void> {
  const pace = paces.get(session) ?? new Pace(limits ?? FILE_PACE);
  paces.set(session, pace);
  const waitMs = pace.step(clock.monotonic());
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

function enter(transfers: Map<SessionId, number>, session: LiveSession): (() => void) | Refused {
  const count = transfers.get(session.id) ?? 0;
  if (count >= TRANSFERS_PER_SESSION_MAX) return TOO_MANY;
  transfers.set(session.id, count + 1);
  return () => {
    const left = (transfers.get(session.id) ?? 1) - 1;
    if (left === 0) transfers.delete(session.id);
    else transfers.set(session.id, left);
  };
}
