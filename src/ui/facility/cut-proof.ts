/** What a cut has proved so far, in a word and a tone. Pure. */
import type { CutView, ReceiptView } from '#api/endpoints/views.ts';
import { gateText } from '../kit/gates.ts';
import { countText, millisText } from '../kit/words.ts';

type Probed = Pick<ReceiptView, 'probe'>;

/** A gate's answer alone is no proof: its probe found that bytes stopped and that trying again is refused. */
export function isProven({ probe }: Probed): boolean {
  return probe.bytesStopped && probe.accessRefused;
}

export interface CutStanding {
  readonly tone: 'ok' | 'warn' | 'bad';
  readonly says: string;
}

export function cutStanding({ complete, receipts, waitingFor }: CutView): CutStanding {
  const unproven = receipts.filter((receipt) => !isProven(receipt));
  if (unproven.length > 0)
    return { tone: 'bad', says: `${unproven.map(({ gate }) => gateText(gate)).join(', ')} answered, not proved` };
  if (!complete) return { tone: 'warn', says: `Waiting for ${waitingFor.map(gateText).join(', ')}` };
  const slowest = Math.max(0, ...receipts.map(({ ms }) => ms));
  return { tone: 'ok', says: `${countText(receipts.length, 'receipt')}, slowest ${millisText(slowest)}` };
}
