/** Whether a drill held. */
import type { DrillView } from '#api/endpoints/backup-views.ts';
import { Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';

export function DrillState({ drill: { result } }: { readonly drill: DrillView }) {
  if (result === undefined) return <Status tone="info">Running</Status>;
  if (result.held && result.bounded !== undefined) return <Status tone="warn">Held, as far as there was room</Status>;
  if (result.held) return <Status tone="ok">Held</Status>;
  return <Status tone="bad">{result.failed > 0 ? `Failed: ${countText(result.failed, 'file')}` : 'Failed'}</Status>;
}
