/** What has been proved of a quarantine, in a word and a tone: sessions by their gates, packets by the gateway alone. Pure. */
import type { QuarantineView } from '#api/endpoints/network-views.ts';
import { cutStanding } from '../facility/cut-proof.ts';
import type { CutStanding } from '../facility/cut-proof.ts';
import { millisText } from '../kit/words.ts';

type Quarantined = Pick<QuarantineView, 'cut' | 'unheld'>;

/** Every gate that serves the facility has answered, and no gateway is among them. */
export function isWithoutGateway({ cut }: Quarantined): boolean {
  return cut?.complete === true && !cut.receipts.some(({ gate }) => gate === 'network');
}

/** Undefined when the order's cut is too old to be shown. */
export function quarantineStanding(quarantine: Quarantined): CutStanding | undefined {
  const { cut, unheld } = quarantine;
  if (cut === undefined) return undefined;
  const standing = cutStanding(cut);
  if (standing.tone !== 'ok') return standing;
  if (isWithoutGateway(quarantine)) return { tone: 'bad', says: 'Sessions are cut, packets still pass' };
  if (unheld !== undefined) return { tone: 'bad', says: 'Sessions are cut, not every packet is dropped' };
  const slowest = Math.max(0, ...cut.receipts.map(({ ms }) => ms));
  return { tone: 'ok', says: `Cut on every gate, slowest ${millisText(slowest)}` };
}
