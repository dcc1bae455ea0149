import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { QuarantineView } from '#api/endpoints/network-views.ts';
import { isWithoutGateway, quarantineStanding } from './quarantine-standing.ts';

type Cut = NonNullable<QuarantineView['cut']>;

/** Only what the standing reads of a cut. */
function cutBy(
  gates: readonly string[],
  more: { readonly stopped?: boolean; readonly waitingFor?: string[] } = {},
): Cut {
  const probe = { bytesStopped: more.stopped ?? true, accessRefused: true, watchedMs: 10 };
  const receipts = gates.map((gate, index) => ({ index, gate, ms: index + 3, sessionCount: 0, probe }));
  const waitingFor = more.waitingFor ?? [];
  return { receipts, waitingFor, complete: waitingFor.length === 0 } as unknown as Cut; // names and times are not read
}

const GAP = { says: 'bare has no address', next: 'Give it one.' };

test('a quarantine is green only when a gateway answered and nothing is left open', () => {
  const table = [
    [{ cut: cutBy(['portal', 'sftp', 'network']) }, 'ok', /^Cut on every gate/, false],
    [{ cut: cutBy(['portal', 'sftp']) }, 'bad', /packets still pass/, true],
    [{ cut: cutBy(['portal', 'network']), unheld: GAP }, 'bad', /not every packet/, false],
    [{ cut: cutBy(['portal'], { waitingFor: ['network'] }) }, 'warn', /^Waiting for/, false],
    [{ cut: cutBy(['portal', 'network'], { stopped: false }) }, 'bad', /not proved/, false],
  ] as const;
  for (const [quarantine, tone, says, isAlone] of table) {
    const standing = quarantineStanding(quarantine);
    assert.equal(standing?.tone, tone);
    assert.match(standing?.says ?? '', says);
    assert.equal(isWithoutGateway(quarantine), isAlone);
  }
  assert.equal(quarantineStanding({}), undefined);
});
