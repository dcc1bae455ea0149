import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { CutView, ReceiptView } from '#api/endpoints/views.ts';
import { newId } from '../data/new-id.ts';
import { cutStanding, isProven } from './cut-proof.ts';

function receipt(gate: ReceiptView['gate'], bytesStopped: boolean, accessRefused: boolean): ReceiptView {
  const probe = { bytesStopped, accessRefused, watchedMs: 50 };
  return { gate, sessions: [], sessionCount: 0, orderedAt: 0, ms: 12, probe, at: 12, index: 7 };
}

function cut(receipts: readonly ReceiptView[], waitingFor: CutView['waitingFor'] = []): CutView {
  return {
    id: newId('cut'),
    scope: { kind: 'person', person: newId('person') },
    because: 'button',
    orderedAt: 0,
    receipts: [...receipts],
    waitingFor,
    complete: waitingFor.length === 0,
  };
}

test('a receipt is proven by both halves of its probe alone', () => {
  const cases = [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const;
  assert.deepEqual(
    cases.map(([stopped, refused]) => isProven(receipt('sftp', stopped, refused))),
    [true, false, false, false],
  );
});

test('a complete cut with a probe that failed is never green, and names the gate', () => {
  assert.deepEqual(cutStanding(cut([receipt('portal', true, true), receipt('sftp', true, false)])), {
    tone: 'bad',
    says: 'SFTP answered, not proved',
  });
});

test('a probe that failed is told while other gates still work', () => {
  assert.equal(cutStanding(cut([receipt('sftp', false, true)], ['portal'])).tone, 'bad');
});

test('a cut that waits names the gates as people call them', () => {
  assert.deepEqual(cutStanding(cut([receipt('sftp', true, true)], ['portal', 'network'])), {
    tone: 'warn',
    says: 'Waiting for Browser, Network',
  });
});

test('a proven cut tells its slowest gate', () => {
  assert.deepEqual(cutStanding(cut([receipt('sftp', true, true), receipt('portal', true, true)])), {
    tone: 'ok',
    says: '2 receipts, slowest 12 ms',
  });
});
