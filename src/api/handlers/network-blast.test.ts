/** A survey of the whole facility leaves room for other requests, and is made once for all who ask meanwhile. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { surveyedAt, wholeOf } from '#api/handlers/network-blast.ts';
import type { ApiContext } from '#api/context.ts';
import { blastRadiusOf } from '#plan/network/blast/blast-radius.ts';
import { drawFacility } from '#plan/network/test-facility.ts';

/** Each look finds that a slice has passed. */
function hastyClock(): ApiContext['clock'] {
  let now = 0;
  return { monotonic: () => (now += 25) } as unknown as ApiContext['clock']; // nothing else of it is asked
}

test('between two subjects others have their turn, and the answer is the same', async () => {
  const { state, at } = drawFacility('small').world;
  const surveyed = surveyedAt({ state, at });
  const expected = blastRadiusOf(surveyed.survey);
  const order: string[] = [];
  const clock = hastyClock();
  const asked = [wholeOf(surveyed, { clock }), wholeOf(surveyed, { clock })].map((answer) =>
    answer.then((whole) => {
      order.push('survey');
      return whole;
    }),
  );
  const subjects = expected.hosts.length + expected.people.length + expected.credentials.length;
  assert.ok(subjects > 10);
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    order.push('another request');
  }
  const [first, second] = await Promise.all(asked);
  assert.equal(order.indexOf('survey'), 10, 'ten others were served before it was whole');
  assert.deepEqual(first?.radius, expected);
  assert.equal(second, first);
});
