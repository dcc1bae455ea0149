/**
 * The typed client of the API: one function over the endpoint table, so that a page cannot call what does not exist.
 * The server checks everything; answers are taken at their type, which both sides share.
 */
import { API_PREFIX, endpoints, REQUEST_HEADER } from '#api/endpoints.ts';
import { isSomebodyThere } from './presence.ts';
import type { AnswerOf, BodyTo, EndpointName, ParamsTo, QueryTo } from '#api/endpoints.ts';

/** The server does not count a request with this header as a sign of somebody. */
const BACKGROUND_HEADER = 'x-picturelock-background';

type Part<Key extends string, T> =
  Record<never, never> extends T ? { readonly [K in Key]?: T } : { readonly [K in Key]: T };
export type CallInput<N extends EndpointName> = Part<'params', ParamsTo<N>> &
  Part<'query', QueryTo<N>> &
  Part<'body', BodyTo<N>>;

/** The same shape without the ties between endpoint and part, for building the request. */
interface Loose {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** The server said no, or could not be reached (`code` is `unreachable`). `ask` says what to do next. */
export class Denial extends Error {
  readonly status: number;
  readonly code: string;
  readonly ask: string | undefined;
  constructor(status: number, code: string, message: string, ask?: string) {
    super(message);
    this.name = 'Denial';
    this.status = status;
    this.code = code;
    this.ask = ask;
  }
}

export function urlOf(path: string, input: Loose): string {
  const filled = path.replace(/:([a-z]+)/gi, (_whole, name: string) =>
    encodeURIComponent(String(input.params?.[name] ?? '')),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return `${API_PREFIX}${filled}${text === '' ? '' : `?${text}`}`;
}

export async function call<N extends EndpointName>(
  name: N,
  input: CallInput<N>,
  signal?: AbortSignal,
): Promise<AnswerOf<N>> {
  const answer = await send(name, input as Loose, signal); // the parts of every endpoint are records
  // An answer without a body (204) is the empty object of its schema.
  if (answer.status === 204) return {} as AnswerOf<N>;
  return (await answer.json()) as AnswerOf<N>; // the contract that both sides share
}

/** For endpoints whose answer is bytes. */
export async function callForBytes<N extends EndpointName>(
  name: N,
  input: CallInput<N>,
): Promise<{ readonly blob: Blob; readonly fileName: string }> {
  const answer = await send(name, input as Loose);
  const named = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  return { blob: await answer.blob(), fileName: named ?? `${name}.zip` };
}

async function send(name: EndpointName, input: Loose, signal?: AbortSignal): Promise<Response> {
  const { method, path } = endpoints[name];
  const safe = method === 'GET';
  const raw = input.body instanceof Blob;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (!safe) headers[REQUEST_HEADER] = '1';
  if (safe && !isSomebodyThere(Date.now())) headers[BACKGROUND_HEADER] = '1';
  if (!safe) headers['content-type'] = raw ? 'application/zip' : 'application/json';
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (signal !== undefined) init.signal = signal;
  if (!safe) init.body = raw ? (input.body as Blob) : JSON.stringify(input.body ?? {}); // tested above
  const answer = await reach(urlOf(path, input), init);
  if (answer.ok) return answer;
  throw await denialOf(answer);
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Denial(
      0,
      'unreachable',
      'The server does not answer.',
      'Check the network; this page tries again by itself.',
    );
  }
}

export async function denialOf(answer: Response): Promise<Denial> {
  const body: unknown = await answer.json().catch(() => undefined);
  if (typeof body === 'object' && body !== null && 'code' in body && 'message' in body) {
    const ask = 'ask' in body && typeof body.ask === 'string' ? body.ask : undefined;
    return new Denial(answer.status, String(body.code), String(body.message), ask);
  }
  return new Denial(answer.status, 'unexpected', `The server answered ${answer.status}.`);
}
