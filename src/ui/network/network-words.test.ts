import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePorts, portsText } from './network-words.ts';

test('ports as people type them', () => {
  const table: readonly (readonly [string, ReturnType<typeof parsePorts>])[] = [
    ['tcp 445', [{ protocol: 'tcp', first: 445, last: 445 }]],
    [
      'TCP/443, udp 5000-5010',
      [
        { protocol: 'tcp', first: 443, last: 443 },
        { protocol: 'udp', first: 5000, last: 5010 },
      ],
    ],
    ['icmp', [{ protocol: 'icmp' }]],
    ['udp 20–10', undefined],
    ['tcp 70000', undefined],
    ['445', undefined],
    ['', undefined],
    ['tcp 80, nonsense', undefined],
  ];
  for (const [text, ports] of table) assert.deepEqual(parsePorts(text), ports, text);
});

test('ports that were written can be typed again', () => {
  const range = fc
    .tuple(fc.constantFrom('tcp' as const, 'udp' as const), fc.nat(65_535), fc.nat(65_535))
    .map(([protocol, a, b]) => ({ protocol, first: Math.min(a, b), last: Math.max(a, b) }));
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), (ports) =>
      assert.deepEqual(parsePorts(portsText(ports)), ports),
    ),
  );
});
