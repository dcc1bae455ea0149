/** The two shapes of a handler: a function of context and call to an outcome. The table ties each to its endpoint. */
import type { ApiContext } from '#api/context.ts';
import type { Caller } from '#api/caller.ts';
import { byOf } from '#api/caller.ts';
import type { AnswerOf, EndpointName, RequestTo } from '#api/endpoints.ts';
import type { Done } from '#api/endpoints/parts.ts';
import type { Command } from '#model/commands.ts';
import type { Applied } from '#ports/engine.ts';
import type { IdKind, Id } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

/** What is known of every request, signed in or not. */
export interface Visit {
  readonly from: string;
  /** The browser or program, as it names itself. */
  readonly client: string | undefined;
  /** A proxy passed it on, so `from` is where the proxy stands. */
  readonly isForwarded: boolean;
  /** Sets the session cookie, or clears it. */
  readonly setSession: (token: string | undefined) => void;
}

export interface OpenCall<N extends EndpointName> extends Visit {
  readonly input: RequestTo<N>;
}
export interface Call<N extends EndpointName> extends OpenCall<N> {
  readonly caller: Caller;
}

export type Answer<N extends EndpointName> = Promise<Outcome<AnswerOf<N>>> | Outcome<AnswerOf<N>>;
/** For endpoints that need `public`. */
export type OpenHandler<N extends EndpointName> = (context: ApiContext, call: OpenCall<N>) => Answer<N>;
export type Handler<N extends EndpointName> = (context: ApiContext, call: Call<N>) => Answer<N>;

export type OpenHandlers = { readonly [N in EndpointName]?: OpenHandler<N> };
export type Handlers = { readonly [N in EndpointName]?: Handler<N> };

export function newId<K extends IdKind>({ random }: Pick<ApiContext, 'random'>, kind: K): Id<K> {
  return makeId(kind, random.bytes(ID_RANDOM_BYTES));
}

export async function command(context: ApiContext, caller: Caller, asked: Command): Promise<Outcome<Applied>> {
  const answer = await context.engine.command(asked, byOf(caller));
  return isRefused(answer) ? answer : ok(answer);
}

/** Runs a command whose only answer is what it wrote. */
export async function act(context: ApiContext, caller: Caller, asked: Command): Promise<Outcome<Done>> {
  const answer = await command(context, caller, asked);
  if (isRefused(answer)) return answer;
  const entries = answer.value.entries.map(({ index }) => index);
  const ordered = answer.value.entries.find(({ entry }) => entry.kind === 'cut.ordered')?.entry.about.cut;
  return ok(ordered === undefined ? { entries } : { entries, cut: ordered });
}
