/** Evidence bundles over HTTP: bytes out, bytes in, and an entry for each export. */
import { byOf } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import type { AnswerOf, RequestTo } from '#api/endpoints.ts';
import { findProject } from '#api/find.ts';
import type { ExportedBundle } from '#ports/bundles.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

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

/** Bundles that are received and checked at once: each is held in memory whole, and everybody who is signed in may send one. */
export const VERIFICATIONS_MAX = 2;
const running = new WeakMap<ApiContext, number>();

/** Runs when its turn is free, before a byte of the bundle is taken; else the caller comes back later. */
export async function inTurn<T>(context: ApiContext, run: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const count = running.get(context) ?? 0;
  if (count >= VERIFICATIONS_MAX)
    return refused('busy', 'Other bundles are being verified.', 'Try again in a minute, or verify it on your machine.');
  running.set(context, count + 1);
  try {
    return await run();
  } finally {
    running.set(context, (running.get(context) ?? 1) - 1);
  }
}

export async function verifyBundle(context: ApiContext, zip: Uint8Array): Promise<Outcome<AnswerOf<'verify-bundle'>>> {
  const { holds, lines } = await context.bundles.verify(zip);
  return ok({ holds, lines: lines.map(({ level, text }) => ({ level, text })) });
}
