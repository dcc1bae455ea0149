/**
 * A state as JSON and back, for gates that begin and for snapshots. Persistent maps and sets become `{"$map": [[key, value], …]}` and
 * `{"$set": […]}`; everything else is JSON already.
 */
import { isMap, isSet, Map as PMap, Set as PSet } from 'immutable';
import type { State } from '#model/state.ts';
import type { Json } from '#std/canonical.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

export function stateToJson(state: State): Json {
  return encode(state);
}

/** Throws a Fault when the value has not the members of a state; `like` is any state, such as the empty one. */
export function stateFromJson(json: Json, like: State): State {
  const state = decode(json);
  if (typeof state !== 'object' || state === null) throw new Fault('not-a-state', 'a value that is not a state');
  const whole = { facility: undefined, ...state };
  for (const [key, member] of Object.entries(like)) {
    const held: unknown = Reflect.get(whole, key);
    if (isMap(member) !== isMap(held) || (member !== undefined && held === undefined))
      throw new Fault('not-a-state', `a state without its ${key}`);
  }
  return whole as State; // every member is there and has its shape; what is within was written by `stateToJson`
}

function encode(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (isMap(value)) return { $map: value.toArray().map(([key, member]) => [encode(key), encode(member)]) };
  if (isSet(value)) return { $set: value.toArray().map(encode) };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object') throw new Bug(`a state holds no ${typeof value}`);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, encode(member)]),
  );
}

function decode(json: Json): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(decode);
  const object = json as { readonly [key: string]: Json }; // not null, not an array
  if (Array.isArray(object['$map'])) return PMap(object['$map'].map((pair: Json) => pairOf(pair)));
  if (Array.isArray(object['$set'])) return PSet(object['$set'].map(decode));
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, decode(member)]));
}

function pairOf(pair: Json): [unknown, unknown] {
  if (!Array.isArray(pair) || pair.length !== 2) throw new Fault('not-a-state', 'a map of something else than pairs');
  return [decode(pair[0] as Json), decode(pair[1] as Json)]; // two members, as just seen
}
