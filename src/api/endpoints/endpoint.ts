/**
 * One row of the API: a name, a method, a path beneath `/api/v1`, what goes in, what comes out, and which action it needs.
 * The server, the OpenAPI document and the pages' client are all made from these rows.
 */
import { z } from 'zod';

/**
 * Who may call.
 * - `public`: anybody; the handler proves what it needs itself (a ceremony, an invitation's token).
 * - `own`: any signed-in person, about herself only.
 * - an action of the role table, decided on what `scope` names before the handler runs.
 */
export type Needs = 'public' | 'own' | `${string}.${string}`;

/**
 * On what the action is decided. `each`: the handler leaves out every item that the asker may not see, so the list may be
 * empty but the call is not refused. The others name the path parameter that leads to a project, a person or the facility.
 */
export type Scope = 'facility' | 'project' | 'person' | 'engagement' | 'request' | 'session' | 'credential' | 'each';

export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Beneath `/api/v1`; parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly needs: Needs;
  readonly scope?: Scope;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly response: Response;
  /** The answer is not JSON: bytes to save, or an event stream. */
  readonly stream?: 'bytes' | 'events';
  /** For bodies that hold whole files as text; every other has `JSON_BYTES_MAX`. */
  readonly bodyBytesMax?: number;
}

export const nothing = z.strictObject({});
export type Nothing = typeof nothing;

interface Row<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType> {
  readonly summary: string;
  readonly needs: Needs;
  readonly scope?: Scope;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly response?: R;
  readonly stream?: 'bytes' | 'events';
  readonly bodyBytesMax?: number;
}

function row(method: Endpoint['method']) {
  return <
    P extends z.ZodType = Nothing,
    Q extends z.ZodType = Nothing,
    B extends z.ZodType = Nothing,
    R extends z.ZodType = Nothing,
  >(
    path: string,
    given: Row<P, Q, B, R>,
  ): Endpoint<P, Q, B, R> => ({
    method,
    path,
    summary: given.summary,
    needs: given.needs,
    ...(given.scope === undefined ? {} : { scope: given.scope }),
    ...(given.stream === undefined ? {} : { stream: given.stream }),
    ...(given.bodyBytesMax === undefined ? {} : { bodyBytesMax: given.bodyBytesMax }),
    // A part that is left out is the empty object, which is what its type parameter then defaults to.
    params: given.params ?? (nothing as unknown as P),
    query: given.query ?? (nothing as unknown as Q),
    body: given.body ?? (nothing as unknown as B),
    response: given.response ?? (nothing as unknown as R),
  });
}

export const get = row('GET');
export const post = row('POST');
export const put = row('PUT');
export const del = row('DELETE');

/** What a caller sends and receives, before and after parsing. */
export type ParamsOf<E extends Endpoint> = z.input<E['params']>;
export type QueryOf<E extends Endpoint> = z.input<E['query']>;
export type BodyOf<E extends Endpoint> = z.input<E['body']>;
export type ResponseOf<E extends Endpoint> = z.output<E['response']>;

/** What a handler receives. */
export interface InputOf<E extends Endpoint> {
  readonly params: z.output<E['params']>;
  readonly query: z.output<E['query']>;
  readonly body: z.output<E['body']>;
}
