/** Brings damaged or missing objects back from another copy of the repository. Only bytes that hash to the object's name count. */
import { asDamage, nameOf } from '#vault/engine/repository.ts';
import type { DamagedObject } from '#vault/engine/repository.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

export interface Healed {
  readonly healed: readonly string[];
  /** The other copy lacks them, or is damaged there too. */
  readonly left: readonly DamagedObject[];
}

/** `replace` puts bytes in the place of damaged ones, as the store at hand allows it. */
export async function heal(
  damage: readonly DamagedObject[],
  from: ObjectStore,
  replace: (type: ObjectType, name: string, body: Uint8Array) => Promise<'healed' | 'whole'>,
): Promise<Healed> {
  const healed: string[] = [];
  const left: DamagedObject[] = [];
  for (const { object, why } of damage) {
    const [type, name] = parts(object);
    try {
      const body = await from.get(type, name);
      if (nameOf(body) !== name) {
        left.push({ object, why: 'the other copy of it is damaged too' });
        continue;
      }
      const done = await replace(type, name, body);
      // An index may be what its writer made it, and wrong: no bytes from elsewhere change that.
      if (done === 'whole' && type === 'index') left.push({ object, why });
      else healed.push(object);
    } catch (cause) {
      if (cause instanceof Fault && REFUSED.has(cause.code)) left.push({ object, why: cause.message });
      else left.push(asDamage(object, cause));
    }
  }
  return { healed, left };
}

/** The place does not take this one; others may still heal. */
const REFUSED = new Set(['not-the-object', 'vault-refused']);
const TYPES: readonly ObjectType[] = ['data', 'index', 'keys', 'snapshots'];

function parts(object: string): readonly [ObjectType, string] {
  const [kind = '', name = ''] = object.split('/');
  const type = TYPES.find((one) => one === kind);
  if (type === undefined) throw new Bug(`${object} is no object that is named by its content`);
  return [type, name];
}
