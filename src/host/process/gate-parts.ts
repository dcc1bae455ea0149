/** What both gates are made of: the engine at the other end of its socket, the registry of sessions, the files. */
import { join } from 'node:path';
import type { Logger } from './log.ts';
import { createFileService } from '#gates/files/service.ts';
import type { Files } from '#gates/files/service.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import type { RegistryOptions } from '#gates/registry/registry.ts';
import { createClock } from '#host/clock.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { createRandom } from '#host/random.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { SessionRegistry } from '#ports/sessions.ts';

export interface GateParts {
  readonly engine: EngineClient;
  readonly registry: SessionRegistry;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  /** After the gate's own doors are shut. */
  close(): Promise<void>;
}

export async function openGateParts(
  data: string,
  log: Logger,
  kind: Pick<RegistryOptions, 'gate' | 'decide' | 'shape'>,
): Promise<GateParts> {
  const [clock, random] = [createClock(), createRandom()];
  const engine = await connectEngine(data);
  const registry = createRegistry({
    engine,
    clock,
    random,
    ...kind,
    onFault: (error) => log.error({ err: error }, 'sessions'),
  });
  const workspaces = openWorkspaces(join(data, 'workspaces'));
  const files = createFileService({ engine, workspaces, clock, random });
  return {
    engine,
    registry,
    files,
    clock,
    random,
    async close() {
      await registry.close();
      await engine.close();
      await workspaces.close();
    },
  };
}
