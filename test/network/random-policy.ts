/** Random policies for tests of the compiler: overlapping flows of every kind in both families, paths that share tuples, quarantines. */
import fc from 'fast-check';
import { TIME_MAX } from '#model/limits.ts';
import type { Box4, Box6, BoxOf, Policy, Span } from '#plan/network/policy.ts';
import { ANY_PORT, ANY_PROTOCOL } from '#plan/network/port-box.ts';
import type { Point } from '#plan/network/span-set.ts';
import { unite } from '#plan/network/span-set.ts';

const NET4 = 0x0a00_0000;
const NET6 = 0xfd00n << 112n;
const GRANT_MS = 3_600_000;

interface Ends {
  readonly id: string;
  readonly last: number;
}

/** Spans within a small part of the space, so that boxes meet often. */
function span4(): fc.Arbitrary<Span> {
  const whole = fc.constant({ first: 0, last: 2 ** 32 - 1 });
  const within = fc.tuple(fc.nat(400), fc.nat(300)).map(([a, size]) => ({ first: NET4 + a, last: NET4 + a + size }));
  const single = fc.nat(400).map((a) => ({ first: NET4 + a, last: NET4 + a }));
  return fc.oneof({ weight: 1, arbitrary: whole }, { weight: 4, arbitrary: within }, { weight: 4, arbitrary: single });
}

function span6(): fc.Arbitrary<Span<bigint>> {
  return span4().map(({ first, last }) =>
    last - first > 1e9
      ? { first: 0n, last: 2n ** 128n - 1n }
      : { first: NET6 + BigInt(first), last: NET6 + BigInt(last) },
  );
}

const ported = fc.tuple(fc.constantFrom(6, 17), fc.nat(2000), fc.nat(500)).map(([protocol, port, size]) => ({
  protocol: { first: protocol, last: protocol },
  port: { first: port, last: port + size },
}));
const portless = fc
  .constantFrom({ first: 1, last: 1 }, { first: 58, last: 58 }, { first: 50, last: 50 }, ANY_PROTOCOL)
  .map((protocol) => ({ protocol, port: ANY_PORT }));

function flow<N extends Point>(span: () => fc.Arbitrary<Span<N>>) {
  return fc.record({ source: span(), destination: span(), numbers: fc.oneof(ported, portless) });
}

function path<N extends Point>(add: (n: number) => N) {
  return fc.tuple(fc.nat(6), fc.nat(6), fc.constantFrom(6, 17), fc.nat(3)).map(([from, to, protocol, port]) => ({
    source: one(add(from)),
    destination: one(add(100 + to)),
    numbers: { protocol: one(protocol), port: one(5900 + port) },
  }));
}

function one<N extends Point>(n: N): Span<N> {
  return { first: n, last: n };
}

/** Grants end an hour from `at` at the earliest, each at its own second, so that a listing can tell them apart. */
export function randomPolicy(at: number, most = 8): fc.Arbitrary<Policy> {
  const end = (prefix: string) =>
    fc.tuple(fc.nat(10_000), fc.boolean()).map(([n, isTimed]): Ends => ({
      id: `${prefix}_${n}`,
      last: isTimed || prefix === 'pth' ? at + GRANT_MS + n * 1000 - 1 : TIME_MAX,
    }));
  const boxes = fc.record({
    flows4: fc.array(fc.tuple(end('flw'), flow(span4)), { maxLength: most }),
    flows6: fc.array(fc.tuple(end('exp'), flow(span6)), { maxLength: most }),
    paths4: fc.array(
      fc.tuple(
        end('pth'),
        path((n) => NET4 + n),
      ),
      { maxLength: most },
    ),
    paths6: fc.array(
      fc.tuple(
        end('pth'),
        path((n) => NET6 + BigInt(n)),
      ),
      { maxLength: most },
    ),
    held: fc.uniqueArray(fc.nat(500), { maxLength: 4 }),
  });
  return boxes.map(({ flows4, flows6, paths4, paths6, held }) => {
    const seen = new Set<string>();
    const timed = <N extends Point>(rows: readonly (readonly [Ends, Row<N>])[], name: string): BoxOf<N>[] =>
      rows.flatMap(([{ id, last }, { numbers, ...ends }]) => {
        const because = `${id}${name}`;
        if (seen.has(because)) return [];
        seen.add(because);
        return [{ ...ends, ...numbers, time: { first: at, last }, because }];
      });
    return {
      v4: [...timed(flows4, 'a'), ...timed(paths4, 'b')] satisfies Box4[],
      v6: [...timed(flows6, 'c'), ...timed(paths6, 'd')] satisfies Box6[],
      quarantined4: unite(held.map((n) => one(NET4 + n))),
      quarantined6: unite(held.map((n) => one(NET6 + BigInt(n)))),
    };
  });
}

interface Row<N extends Point> {
  readonly source: Span<N>;
  readonly destination: Span<N>;
  readonly numbers: { readonly protocol: Span; readonly port: Span };
}
