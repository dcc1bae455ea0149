/** I14: what was seen on the wire is allowed, and every device where content lies is known. */
import type { NetworkFinding } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import type { Protocol } from '#model/network-shapes.ts';
import { protocol as protocols } from '#model/network-shapes.ts';
import { mayReach } from '#plan/network/reach.ts';
import type { Ground } from '#plan/network/invariants/ground.ts';
import { isAny, isContent, placeOfText } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';

export const observed: Invariant = {
  id: 'I14',
  controls: ['TS-2.13'],
  title: 'Every flow that was seen is allowed, and every device in a content zone is known',
  asksForKinds: false,
  assumptions: ['The gateway sees what passes through it; neighbours on one segment talk without it.'],
  whole: function* whole(ground: Ground, state: State, at: number): Iterable<Breach> {
    const { network } = state;
    if (network.mode === 'off' || network.apply === undefined) {
      yield {
        tag: 'unseen',
        isDoubt: true,
        isReported: true,
        says: 'No gateway has reported what it sees.',
        next: 'Run the network gate in mode observe at least.',
      };
    }
    const blind = network.findings.find(({ finding }) => finding === 'unobserved');
    if (blind !== undefined)
      yield { tag: blind.key, isDoubt: true, isReported: true, says: blind.says, next: blind.next };
    const findings = [...(network.findings.values() as Iterable<NetworkFinding>)];
    const seen = findings.filter((finding) => isOf(finding, ground)).sort((a, b) => (a.key < b.key ? -1 : 1));
    if (seen.length === 0) return;
    const policy = compilePolicy(state, at);
    for (const finding of seen) {
      if (isTraffic(finding) && isAllowedNow(finding, (question) => mayReach(policy, question).may)) continue;
      yield { tag: finding.key, isReported: true, says: finding.says, next: finding.next };
    }
  },
};

function isOf({ finding, from }: NetworkFinding, ground: Ground): boolean {
  if (isTraffic({ finding }) || finding === 'spoofed') return true;
  if (finding !== 'unknown-device') return false;
  const place = from === undefined ? undefined : placeOfText(ground, from);
  return (
    place === undefined || place.isUndescribed || isContent(place) || isAny(place, ['vault', 'dataio', 'transfer'])
  );
}

/** Both passed and were seen; *warn* says so of what *observe* calls a stray. */
function isTraffic({ finding }: Pick<NetworkFinding, 'finding'>): boolean {
  return finding === 'stray-flow' || finding === 'would-refuse';
}

type MayPass = (question: {
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol;
  readonly port?: number;
}) => boolean;

/** A flow that somebody has allowed since it was seen is no stray any more. */
function isAllowedNow({ from, to, protocol, port }: NetworkFinding, mayPass: MayPass): boolean {
  const known = protocols.safeParse(protocol);
  if (from === undefined || to === undefined || !known.success) return false;
  const question = { from, to, protocol: known.data };
  return mayPass(port === undefined ? question : { ...question, port });
}
