/** Evidence bundles over HTTP: bytes out, bytes in, and an entry for each export. */
import { byOf } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import type { AnswerOf, RequestTo } from '#api/endpoints.ts';
import { findProject } from '#api/find.ts';
import type { ExportedBundle } from '#ports/bundles.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

/** The entry is durable before the first byte leaves. */
export async function exportBundle(
  context: ApiContext,
  caller: Caller,
  input: RequestTo<'export-bundle'>,
): Promise<Outcome<ExportedBundle>> {
  const project = findProject(context.engine.state(), input.params.project);
  if (isRefused(project)) return project;
  const { from, until } = input.body;
  const range = { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
  const { id } = project.value;
  const bundle = await context.bundles.export(id, range);
  if (isRefused(bundle)) return bundle;
  await context.engine.record([
    {
      kind: 'bundle.exported',
      stream: id,
      by: byOf(caller),
      about: { project: id, person: caller.person },
      data: { ...range, sha256: bundle.value.sha256 },
    },
  ]);
  return bundle;
}

export async function verifyBundle(context: ApiContext, zip: Uint8Array): Promise<Outcome<AnswerOf<'verify-bundle'>>> {
  const { holds, lines } = await context.bundles.verify(zip);
  return ok({ holds, lines: lines.map(({ level, text }) => ({ level, text })) });
}
