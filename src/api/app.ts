/**
 * The API as a function from request to response. Routes are made from the endpoint table; each request passes, in this order:
 * same site, who calls, what the path names, may she, what was sent, the handler.
 */
import { Hono } from 'hono';
import { API_PREFIX, endpoints, REQUEST_HEADER } from '#api/endpoints.ts';
import type { EndpointName } from '#api/endpoints.ts';
import type { Endpoint } from '#api/endpoints/endpoint.ts';
import { authenticate, BACKGROUND_HEADER, cookieFor } from '#api/authenticate.ts';
import type { Identities } from '#api/authenticate.ts';
import { badRequest, BUNDLE_BYTES_MAX, readBody, readJson } from '#api/body.ts';
import { exportBundle, inTurn, verifyBundle } from '#api/bundles.ts';
import { requireAction } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import { openEvents } from '#api/events.ts';
import type { Visit } from '#api/handler.ts';
import { DEEP_QUESTION_COST } from '#api/identity/rate.ts';
import { handlers, openHandlers } from '#api/handlers.ts';
import type { AnyHandler, AnyOpenHandler } from '#api/handlers.ts';
import { problemOf, refusalOfFault, statusOf } from '#api/problem.ts';
import { targetOf } from '#api/target.ts';
import { Bug } from '#std/assert.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

/** What the server knows of a request beside its bytes. */
export interface Arrival {
  readonly from: string;
}

interface Env {
  readonly Bindings: Arrival;
}

export interface Api {
  /** For requests beneath `API_PREFIX`. */
  fetch(request: Request, arrival: Arrival): Promise<Response>;
}

export interface ApiOptions {
  /** Told of every error that was turned into an answer 500. */
  readonly onFault: (error: unknown, endpoint: string) => void;
}

type Raw = Readonly<Record<string, string>>;

export function createApi(context: ApiContext, identities: Identities, options: ApiOptions): Api {
  const app = new Hono<Env>();
  for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, Endpoint][]) {
    // the table's own keys
    app.on(endpoint.method, API_PREFIX + endpoint.path, async (c) => {
      const exchange = new Exchange(context, identities, c.req.raw, c.env);
      try {
        return await exchange.answer(name, endpoint, c.req.param() as Raw); // Hono types them by the path, which is data here
      } catch (error) {
        if (error instanceof Bug) endWith(error);
        options.onFault(error, name);
        return exchange.refuse(refusalOfFault(error));
      }
    });
  }
  app.all('*', (c) =>
    new Exchange(context, identities, c.req.raw, c.env).refuse(
      refused('not-found', 'There is no such endpoint.', 'See the API description.'),
    ),
  );
  return { fetch: async (request, arrival) => app.fetch(request, arrival) };
}

class Exchange {
  readonly #context: ApiContext;
  readonly #identities: Identities;
  readonly #request: Request;
  readonly #from: string;
  readonly #headers = new Headers({ 'cache-control': 'no-store' });

  constructor(context: ApiContext, identities: Identities, request: Request, arrival: Arrival) {
    this.#context = context;
    this.#identities = identities;
    this.#request = request;
    this.#from = arrival.from;
  }

  async answer(name: EndpointName, endpoint: Endpoint, params: Raw): Promise<Response> {
    const foreign = this.#crossSite(endpoint);
    if (foreign !== undefined) return this.refuse(foreign);
    const caller = endpoint.needs === 'public' ? undefined : await this.#caller();
    if (caller !== undefined && isRefused(caller)) return this.refuse(caller);
    if (caller !== undefined && this.#isFlood(name, caller.value)) return this.#slowDown();
    const input = await this.#input(name, endpoint, params);
    if (isRefused(input)) return this.refuse(input);
    if (caller === undefined)
      return this.#json(await openHandlerOf(name)(this.#context, { ...this.#visit(), input: input.value as never })); // parsed by this endpoint's schemas
    const allowed = this.#allowed(endpoint, caller.value, input.value.params);
    if (isRefused(allowed)) return this.refuse(allowed);
    const response = await this.#signedIn(name, caller.value, input.value);
    return response;
  }

  #isFlood(name: EndpointName, { session }: Caller): boolean {
    const isDeep = DEEP.has(name) || new URL(this.#request.url).searchParams.has('at');
    const { sessionRate, clock } = this.#context;
    return !sessionRate.take(session.id, clock.monotonic(), isDeep ? DEEP_QUESTION_COST : 1);
  }

  #slowDown(): Response {
    this.#headers.set('retry-after', '1');
    return this.refuse(
      refused('too-many-requests', 'This session asks too much at once.', 'Wait a second, then go on.'),
    );
  }

  refuse(refusal: Refused): Response {
    return Response.json(problemOf(refusal), { status: statusOf(refusal), headers: this.#headers });
  }

  async #signedIn(name: EndpointName, caller: Caller, input: Input): Promise<Response> {
    await this.#rotate(caller);
    // The endpoint's schemas parsed the input, so it has the type that this very endpoint's handler takes.
    const given = input as never;
    if (name === 'events') return this.#events(caller);
    if (name === 'verify-bundle') return this.#json(await this.#verified());
    if (name === 'export-bundle') return this.#bundle(await exportBundle(this.#context, caller, given));
    return this.#json(await handlerOf(name)(this.#context, { ...this.#visit(), caller, input: given }));
  }

  /**
   * Browsers say where a request comes from; programs do not. A request that changes something must come from our own pages, and
   * carries a header that no form of another site can set (SameSite=Strict on the cookie is the first wall, this is the second).
   */
  #crossSite(endpoint: Endpoint): Refused | undefined {
    const { headers } = this.#request;
    const site = headers.get('sec-fetch-site');
    const origin = headers.get('origin');
    const isForeign =
      (site !== null && site !== 'same-origin' && site !== 'none') ||
      (origin !== null && !this.#context.party.origins.includes(origin));
    const isMissing =
      endpoint.method !== 'GET' && headers.get(REQUEST_HEADER) === null && headers.get('authorization') === null;
    if (!isForeign && !isMissing) return undefined;
    return refused(
      'cross-site',
      `This request did not come from Picturelock\u2019s own pages, or lacks the header ${REQUEST_HEADER}.`,
      'Use the pages, or send the header.',
    );
  }

  #caller(): Promise<Outcome<Caller>> {
    const { headers } = this.#request;
    return authenticate(this.#identities, {
      cookie: headers.get('cookie') ?? undefined,
      authorization: headers.get('authorization') ?? undefined,
      from: this.#from,
      client: headers.get('user-agent') ?? undefined,
      background: headers.get(BACKGROUND_HEADER) !== null || headers.get('accept') === 'text/event-stream',
    });
  }

  async #input(name: EndpointName, endpoint: Endpoint, raw: Raw): Promise<Outcome<Input>> {
    const params = endpoint.params.safeParse(raw);
    if (!params.success) return badRequest('path', params.error);
    const query = endpoint.query.safeParse(queryOf(this.#request.url));
    if (!query.success) return badRequest('query', query.error);
    const json =
      endpoint.method === 'GET' || name === 'verify-bundle'
        ? ok({})
        : await readJson(this.#request, endpoint.bodyBytesMax);
    if (isRefused(json)) return json;
    const body = endpoint.body.safeParse(json.value);
    return body.success
      ? ok({ params: params.data, query: query.data, body: body.data })
      : badRequest('body', body.error);
  }

  #allowed(endpoint: Endpoint, caller: Caller, params: unknown): Outcome<void> {
    if (endpoint.needs === 'own' || endpoint.needs === 'public' || endpoint.scope === 'each') return ok(undefined);
    const target = targetOf(this.#context.engine.state(), endpoint.scope ?? 'facility', params as Raw, endpoint.needs); // parsed from strings
    return isRefused(target) ? target : requireAction(this.#context, caller, endpoint.needs, target.value);
  }

  async #rotate({ session, project }: Caller): Promise<void> {
    const token = project === undefined ? await this.#context.signIns.rotated(session) : undefined;
    if (token !== undefined) this.#setSession(token);
  }

  #visit(): Visit {
    return {
      from: this.#from,
      client: this.#request.headers.get('user-agent') ?? undefined,
      isForwarded: FORWARDED.some((header) => this.#request.headers.has(header)),
      setSession: (token) => this.#setSession(token),
    };
  }

  #setSession(token: string | undefined): void {
    this.#headers.set('set-cookie', cookieFor(token, this.#identities.secure));
  }

  #json(outcome: Outcome<unknown>): Response {
    return isRefused(outcome) ? this.refuse(outcome) : Response.json(outcome.value, { headers: this.#headers });
  }

  #events(caller: Caller): Response {
    const last = this.#request.headers.get('last-event-id') ?? '';
    const stream = openEvents(this.#context, caller, /^\d{1,15}$/.test(last) ? Number(last) : undefined);
    if (isRefused(stream)) return this.refuse(stream);
    this.#headers.set('content-type', 'text/event-stream');
    return new Response(stream.value, { headers: this.#headers });
  }

  async #verified(): Promise<Outcome<unknown>> {
    return inTurn(this.#context, async () => {
      const zip = await readBody(this.#request, BUNDLE_BYTES_MAX);
      return isRefused(zip) ? zip : verifyBundle(this.#context, zip.value);
    });
  }

  #bundle(bundle: Awaited<ReturnType<typeof exportBundle>>): Response {
    if (isRefused(bundle)) return this.refuse(bundle);
    this.#headers.set('content-type', 'application/zip');
    this.#headers.set('content-disposition', `attachment; filename="${bundle.value.name.replaceAll(/[^\w.-]/g, '-')}"`);
    this.#headers.set('x-content-sha256', bundle.value.sha256);
    return new Response(Uint8Array.from(bundle.value.zip), { headers: this.#headers });
  }
}

/** What proxies add to a request that they pass on. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'] as const;

/** The framework would turn a Bug into an answer; thrown from outside its call, it ends the process as every Bug does. */
function endWith(bug: Bug): void {
  queueMicrotask(() => {
    throw bug;
  });
}

/** Endpoints that read many entries, or decide about everybody. */
const DEEP: ReadonlySet<EndpointName> = new Set<EndpointName>([
  'search-ledger',
  'project-history',
  'person-history',
  'see-entry',
  'who-can',
  'export-bundle',
  'verify-bundle',
  'network-blast',
  'network-breach',
  'prove-network',
  'preview-network',
  'export-network',
  'network-map',
  'import-facility-file',
]);

interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

function queryOf(url: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(url).searchParams);
}

function handlerOf(name: EndpointName): AnyHandler {
  return (handlers as unknown as Readonly<Record<string, AnyHandler>>)[name] ?? missing(name); // the table is complete by its type
}

function openHandlerOf(name: EndpointName): AnyOpenHandler {
  return (openHandlers as unknown as Readonly<Record<string, AnyOpenHandler>>)[name] ?? missing(name); // a test holds every public endpoint to one
}

function missing(name: string): never {
  throw new Bug(`no handler for ${name}`);
}
