/**
 * Policy tests that the facility keeps: what shall never pass, and what always shall. They come with an import and are held against every
 * change of the network from then on (src/plan/network/guard.ts); here they are only kept.
 */
import type { NetworkChange } from '#model/network-change.ts';
import type { Asked } from '#model/commands.ts';
import type { FileTest } from '#model/facility-file.ts';
import { withNetwork } from '#model/flow.ts';
import { POLICY_TEST_BYTES_MAX, POLICY_TESTS_MAX } from '#model/limits.ts';
import { alreadyDone, unknown } from '#model/refusals.ts';
import type { State } from '#model/state.ts';
import { decided, draft } from '#model/transition.ts';
import type { Decided, Evolvers } from '#model/transition.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';
import { refused } from '#std/refused.ts';

/** Two tests of the same text are the same test. */
export function testKey(test: FileTest): string {
  return canonical(test as Json); // texts, and lists of them by name: nothing that JSON cannot hold
}

export const policyTestEvolve = {
  'network.test-kept': (state, { data: { test } }) =>
    withNetwork(state, (network) => ({ ...network, tests: network.tests.set(testKey(test), test) })),
  'network.test-dropped': (state, { data: { test } }) =>
    withNetwork(state, (network) => ({ ...network, tests: network.tests.delete(testKey(test)) })),
} satisfies Evolvers;

type TestChange = Extract<NetworkChange, { readonly test: FileTest }>;

export const policyTestDecide: { readonly [K in TestChange['kind']]: TestDecider } = {
  'keep-policy-test': (state, { test }, asked) => {
    const { tests } = state.network;
    const key = testKey(test);
    if (tests.has(key)) return alreadyDone('The facility keeps this test already.');
    if (tests.size >= POLICY_TESTS_MAX) {
      return refused(
        'too-many',
        `A facility keeps at most ${POLICY_TESTS_MAX} policy tests.`,
        'Drop what is not needed.',
      );
    }
    if (new TextEncoder().encode(key).length > POLICY_TEST_BYTES_MAX) {
      return refused(
        'test-too-long',
        `A policy test has at most ${POLICY_TEST_BYTES_MAX} bytes.`,
        'Write it as several tests, each of fewer ends.',
      );
    }
    return decided(draft(asked, 'network.test-kept', 'facility', {}, { test }));
  },
  'drop-policy-test': (state, { test }, asked) => {
    if (!state.network.tests.has(testKey(test))) return unknown('test');
    return decided(draft(asked, 'network.test-dropped', 'facility', {}, { test }));
  },
};

type TestDecider = (state: State, change: TestChange, asked: Asked) => Decided;
