/** The two shapes that every noun's file has: how entries change the state, and what answers a command. */
import type { Asked, CommandKind, CommandOf } from '#model/commands.ts';
import type { About, DataOf, Draft, EntryKind, EntryOf, Stream } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { Outcome } from '#std/refused.ts';

export type Evolver<K extends EntryKind> = (state: State, entry: EntryOf<K>, index: number) => State;
export type Evolvers = { readonly [K in EntryKind]?: Evolver<K> };

export type Decided = Outcome<readonly Draft[]>;
export type Decider<K extends CommandKind> = (state: State, command: CommandOf<K>, asked: Asked) => Decided;
export type Deciders = { readonly [K in CommandKind]?: Decider<K> };

export function draft<K extends EntryKind>(
  asked: Asked,
  kind: K,
  stream: Stream,
  about: About,
  data: DataOf<K>,
): Draft {
  // The generic K ties kind and data together; TypeScript cannot see that this is one member of the union.
  return { kind, stream, by: asked.by, about, data } as unknown as Draft;
}

export function decided(...drafts: readonly (Draft | readonly Draft[])[]): Decided {
  return { kind: 'ok', value: drafts.flat() as readonly Draft[] }; // flat() of one level leaves drafts only
}

/** Leaves out members that are undefined, so that an absent field is absent. */
export function present<T extends object>(value: { readonly [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T; // only undefined members went
}
