/** The end of a share session, ordered by the portal: its paths leave the state at once, and the gate that holds it closes and measures. */
import { PORTAL } from '#api/context.ts';
import type { CommandOf } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { SessionId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

interface Reach {
  readonly engine: EngineClient;
  readonly random: Random;
}

export async function closeShare(
  { engine, random }: Reach,
  session: SessionId,
  because: NonNullable<CommandOf<'end-session'>['because']>,
  by: By = {},
): Promise<void> {
  const cut = makeId('cut', random.bytes(ID_RANDOM_BYTES));
  await engine.command({ kind: 'end-session', session, cut, because }, { ...by, service: PORTAL }); // a refusal says that it has ended
}
