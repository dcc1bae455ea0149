/** How an invariant stands, as a shape and a word. */
import { Status } from '../kit/status.tsx';
import type { Tone } from '../kit/status.tsx';
import type { InvariantStanding } from '#api/endpoints/network-views.ts';

const STANDINGS: Readonly<Record<InvariantStanding, readonly [Tone, string]>> = {
  holds: ['ok', 'Holds'],
  fails: ['bad', 'Broken'],
  excepted: ['held', 'Excepted'],
  unknown: ['warn', 'Cannot tell'],
};

export function StandingOf({ standing }: { readonly standing: InvariantStanding }) {
  const [tone, word] = STANDINGS[standing];
  return <Status tone={tone}>{word}</Status>;
}
