/** What the network gate finds, told once: the same trouble is told again only after a while, and taken back when it is over. */
import type { DataOf } from '#model/events.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';

type Found = DataOf<'network.found'>;

const AGAIN_MS = 10 * 60_000;
/** New keys of one kind within one interval; a flood is named by its first ones. */
const NEW_MAX = 50;
const REMEMBERED_MAX = 2000;
export const BY = { service: 'gate-network' } as const;

export interface Findings {
  found(found: Found): Promise<void>;
  settle(key: string): Promise<void>;
  /** Begins a new interval for floods. */
  tick(): void;
}

export function createFindings(
  engine: EngineClient,
  clock: Clock,
  onTrouble: (what: string, error?: unknown) => void,
): Findings {
  const told = new Map<string, number>();
  let fresh = new Map<string, number>();
  return {
    async found(found) {
      const [now, before] = [clock.monotonic(), told.get(found.key)];
      if (before !== undefined && now - before < AGAIN_MS && engine.state().network.findings.has(found.key)) return;
      const count = fresh.get(found.finding) ?? 0;
      if (count >= NEW_MAX) return;
      fresh.set(found.finding, count + 1);
      told.delete(found.key);
      told.set(found.key, now);
      for (const key of told.keys()) if (told.size > REMEMBERED_MAX) told.delete(key);
      try {
        await engine.command({ kind: 'record-network-finding', found }, BY);
      } catch (error) {
        told.delete(found.key);
        onTrouble(`a finding was not recorded: ${found.says}`, error);
      }
    },
    async settle(key) {
      if (!engine.state().network.findings.has(key)) return;
      told.delete(key);
      await engine
        .command({ kind: 'settle-network-finding', key }, BY)
        .catch((error: unknown) => onTrouble(`a finding was not settled: ${key}`, error));
    },
    tick: () => (fresh = new Map()),
  };
}
