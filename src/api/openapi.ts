/** The endpoint table as an OpenAPI 3.1 document, and as the page `docs/spec/api.md`. */
import { z } from 'zod';
import { API_PREFIX, endpoints, REQUEST_HEADER } from '#api/endpoints.ts';
import type { Endpoint } from '#api/endpoints/endpoint.ts';
import * as blastViews from '#api/endpoints/blast-views.ts';
import * as networkViews from '#api/endpoints/network-views.ts';
import * as views from '#api/endpoints/views.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Views stand once, by the name they have in the code. */
const NAMED: ReadonlyMap<z.ZodType, string> = new Map(
  Object.entries({ ...views, ...networkViews, ...blastViews }).flatMap(([name, value]) =>
    value instanceof z.ZodType ? [[value, name] as const] : [],
  ),
);

export type OpenApi = Readonly<Record<string, unknown>>;

export function renderOpenApi(): OpenApi {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, endpoint] of Object.entries(endpoints) as [string, Endpoint][]) {
    // rows of the table, seen alike
    const path = API_PREFIX + endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(name, endpoint) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Picturelock',
      version: '1',
      description: 'Every time is an integer: milliseconds since 1970-01-01T00:00:00Z. Every list is bounded.',
    },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-picturelock', description: 'A signed-in browser.' },
        token: { type: 'http', scheme: 'bearer', description: 'A service token, bound to one engagement.' },
      },
      schemas: Object.fromEntries(NAMED.entries().map(([schema, name]) => [name, jsonSchema(schema, 'output')])),
    },
  };
}

function operation(name: string, endpoint: Endpoint): Schema {
  const { needs, scope, summary, method } = endpoint;
  return {
    operationId: name,
    summary,
    'x-needs': needs,
    ...(scope === undefined ? {} : { 'x-decided-on': scope }),
    security: needs === 'public' ? [] : [{ session: [] }, { token: [] }],
    parameters: [
      ...parameters(endpoint.params, 'path'),
      ...parameters(endpoint.query, 'query'),
      ...(method === 'GET' ? [] : [REQUEST_HEADER_PARAMETER]),
    ],
    ...(method === 'GET' ? {} : { requestBody: requestBody(name, endpoint) }),
    responses: { 200: { description: 'Done.', content: answer(name, endpoint) }, default: PROBLEM },
  };
}

const REQUEST_HEADER_PARAMETER = {
  name: REQUEST_HEADER,
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'Any value; needed with the cookie, not with a token.',
};
const PROBLEM = {
  description: 'Refused: why, and whom to ask.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/problem' } } },
};

function parameters(schema: z.ZodType, place: 'path' | 'query'): readonly Schema[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    readonly properties?: Record<string, Schema>;
    readonly required?: readonly string[];
  }; // of an object
  return Object.entries(properties).map(([name, own]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: own,
  }));
}

function requestBody(name: string, endpoint: Endpoint): Schema {
  if (name === 'verify-bundle') return { content: { 'application/zip': { schema: {} } } };
  return { content: { 'application/json': { schema: jsonSchema(endpoint.body, 'input') } } };
}

function answer(name: string, endpoint: Endpoint): Schema {
  if (endpoint.stream === 'events') return { 'text/event-stream': { schema: { type: 'string' } } };
  if (name === 'export-bundle') return { 'application/zip': { schema: {} } };
  return { 'application/json': { schema: jsonSchema(endpoint.response, 'output') } };
}

/** Ids are checked by code rather than by a pattern, so they are plain strings here. Views other than the one asked for are references. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
    override: ({ zodSchema, jsonSchema: made }) => {
      if (zodSchema._zod.def.type === 'custom') made.type = 'string';
      const name = [...NAMED].find(([view]) => view !== schema && Object.is(view, zodSchema))?.[1];
      if (name === undefined || io === 'input') return;
      for (const key of Object.keys(made)) Reflect.deleteProperty(made, key);
      made.$ref = `#/components/schemas/${name}`;
    },
  });
  return json;
}

/** One line per endpoint, in the order of the table. */
export function renderApiTable(): string {
  const rows = (Object.entries(endpoints) as [string, Endpoint][]).map(
    ([name, { method, path, needs, scope, summary }]) => {
      const where =
        scope === undefined || scope === 'facility' ? '' : scope === 'each' ? ', each item' : `, on its ${scope}`;
      return `| \`${method} ${path}\` | \`${needs}\`${where} | ${summary} | \`${name}\` |`;
    },
  );
  return ['| endpoint | needs | what it does | name |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
