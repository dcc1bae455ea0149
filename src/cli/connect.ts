/** The engine of a data directory, or a sentence that says what to do when there is none. */
import { existsSync } from 'node:fs';
import { Failure } from './failure.ts';
import { EXIT } from './output.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import type { EngineClient } from '#ports/engine.ts';
import { Fault } from '#std/refused.ts';

const ANSWER_WITHIN_MS = 5000;

export async function connectConsole(data: string): Promise<EngineClient> {
  const next = `picturelock start --data ${data}`;
  if (!existsSync(data))
    throw new Failure('no-data', `${data} is not a facility's data directory.`, { exit: EXIT.fault, next });
  try {
    return await connectEngine(data, { timeoutMs: ANSWER_WITHIN_MS });
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new Failure('engine-not-running', `No engine answers for ${data}.`, { exit: EXIT.fault, next });
  }
}
