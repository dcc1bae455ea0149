/** restic's REST protocol as requests that are understood; whatever else comes is refused by name. */
import { isObjectId } from '#vault/format/blob.ts';
import type { ByteRange, ObjectType } from '#ports/object-store.ts';

export type RestRequest =
  | { readonly kind: 'create'; readonly client: string }
  /** Our own addition to the protocol: what arrived after number `after`, in order of arrival, with locks. */
  | { readonly kind: 'arrivals'; readonly client: string; readonly after: number }
  /** Ours too: names of the repositories that this client pulls. */
  | { readonly kind: 'repositories'; readonly client: string }
  | { readonly kind: 'list'; readonly client: string; readonly type: ObjectType; readonly version: 1 | 2 }
  | {
      /** `heal` is ours: the right bytes for a name under which others lie. */
      readonly kind: 'size' | 'get' | 'put' | 'remove' | 'heal';
      readonly client: string;
      readonly type: ObjectType;
      /** '' for the config. */
      readonly name: string;
      readonly range?: ByteRange;
      /** From here to the end. */
      readonly from?: number;
    };

export type BadRequest = {
  readonly kind: 'bad';
  readonly status: 400 | 404 | 405 | 416;
  readonly code: string;
  readonly says: string;
};

const PATH_CHARS_MAX = 300;
const CLIENT = /^[a-z0-9][a-z0-9-]{0,38}$/;
const TYPES: ReadonlySet<string> = new Set<ObjectType>(['data', 'index', 'keys', 'locks', 'snapshots']);
const V2 = 'application/vnd.x.restic.rest.v2';

export interface RawRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly accept?: string | undefined;
  readonly range?: string | undefined;
}

export function parseRestRequest({ method, url, accept, range }: RawRequest): RestRequest | BadRequest {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (path.length > PATH_CHARS_MAX || !path.startsWith('/'))
    return bad(400, 'bad-path', 'this is no path of the vault');
  const [client = '', ...rest] = path.slice(1).split('/');
  if (!CLIENT.test(client)) return bad(404, 'unknown-client', 'the path begins with the name of a client');
  if (rest.length === 0 || (rest.length === 1 && rest[0] === '')) {
    const asked = query === -1 ? '' : url.slice(query + 1);
    if (method === 'POST' && asked === 'create=true') return { kind: 'create', client };
    const after = /^arrivals-after=(\d{1,15})$/.exec(asked)?.[1];
    if (method === 'GET' && after !== undefined) return { kind: 'arrivals', client, after: Number(after) };
    if (method === 'GET' && asked === 'repositories') return { kind: 'repositories', client };
    return bad(405, 'not-offered', 'a repository is neither listed nor removed as a whole');
  }
  const isHeal = query !== -1 && url.slice(query + 1) === 'heal=true';
  return parseObject(isHeal && method === 'POST' ? 'HEAL' : method, client, rest, accept, range);
}

function parseObject(
  method: string,
  client: string,
  rest: readonly string[],
  accept: string | undefined,
  range: string | undefined,
): RestRequest | BadRequest {
  const [type = '', name, ...more] = rest;
  const isConfig = type === 'config' && name === undefined;
  if (!isConfig && !TYPES.has(type)) return bad(404, 'unknown-type', 'there are no such objects here');
  if (more.length > 0) return bad(404, 'bad-path', 'this is no path of the vault');
  const kind = type as ObjectType; // in TYPES, or 'config'
  if (!isConfig && (name === undefined || name === '')) {
    if (method !== 'GET') return bad(405, 'not-offered', 'a list is read, nothing else');
    return { kind: 'list', client, type: kind, version: accept?.includes(V2) === true ? 2 : 1 };
  }
  if (!isConfig && !isObjectId(name ?? '')) return bad(404, 'bad-name', 'an object is named by 64 hex digits');
  const object = { client, type: kind, name: isConfig ? '' : (name ?? '') };
  switch (method) {
    case 'HEAD':
      return { kind: 'size', ...object };
    case 'GET':
      return withRange({ kind: 'get', ...object }, range);
    case 'POST':
      return { kind: 'put', ...object };
    case 'HEAL': // ours, made of POST and its query: no request has this method
      return { kind: 'heal', ...object };
    case 'DELETE':
      return { kind: 'remove', ...object };
    default:
      return bad(405, 'not-offered', `${method.slice(0, 20)} is not offered here`);
  }
}

function withRange<R extends RestRequest>(
  request: R,
  range: string | undefined,
): (R & { range?: ByteRange; from?: number }) | BadRequest {
  if (range === undefined) return request;
  const match = /^bytes=(\d{1,12})-(\d{0,12})$/.exec(range);
  if (match === null) return bad(416, 'bad-range', 'one range of bytes is offered');
  const offset = Number(match[1]);
  if (match[2] === '') return offset === 0 ? request : { ...request, from: offset };
  const length = Number(match[2]) - offset + 1;
  if (length < 1) return bad(416, 'bad-range', 'a range ends after it begins');
  return { ...request, range: { offset, length } };
}

function bad(status: BadRequest['status'], code: string, says: string): BadRequest {
  return { kind: 'bad', status, code, says };
}
