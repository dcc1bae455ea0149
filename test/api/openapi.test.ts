/** The published description of the API is the table: golden files, rewritten with `UPDATE_GOLDEN=1`. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { endpoints } from '#api/endpoints.ts';
import { renderApiTable, renderOpenApi } from '#api/openapi.ts';

const GOLDEN = new URL('../golden/openapi.json', import.meta.url);
const PAGE = new URL('../../docs/spec/api.md', import.meta.url);
const [BEGIN, END] = ['<!-- the table begins -->', '<!-- the table ends -->'];
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

test('the OpenAPI document is the one that is published', () => {
  const text = `${JSON.stringify(renderOpenApi(), null, 1)}\n`;
  if (isUpdate) writeFileSync(GOLDEN, text);
  assert.equal(readFileSync(GOLDEN, 'utf8') === text, true, 'test/golden/openapi.json differs from the endpoint table');
});

test('the page lists every endpoint with what it needs', () => {
  const page = readFileSync(PAGE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const fresh = `${head}${BEGIN}\n${renderApiTable()}\n${END}${rest.split(END)[1] ?? ''}`;
  if (isUpdate) writeFileSync(PAGE, fresh);
  assert.equal(readFileSync(PAGE, 'utf8') === fresh, true, 'docs/spec/api.md differs from the endpoint table');
});

test('each operation stands once, and each path parameter is described', () => {
  const { paths } = renderOpenApi() as {
    readonly paths: Readonly<
      Record<
        string,
        Readonly<
          Record<
            string,
            {
              readonly operationId: string;
              readonly parameters: readonly { readonly name: string; readonly in: string }[];
            }
          >
        >
      >
    >;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  assert.deepEqual(operations.map(({ operationId }) => operationId).sort(), Object.keys(endpoints).sort());
  for (const { path, parameters } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    assert.deepEqual(
      parameters
        .filter((one) => one.in === 'path')
        .map(({ name }) => name)
        .sort(),
      named.sort(),
      path,
    );
  }
});
