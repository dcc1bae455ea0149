/** The two buttons at the end of a form. */
import { Button } from '@mantine/core';
import { ActButton } from './act-button.tsx';

interface DialogEndProps {
  readonly close: () => void;
  readonly verb: string;
  readonly unless: string | undefined;
  readonly busy: boolean;
  readonly save: () => void;
  readonly danger?: boolean;
}

export function DialogEnd({ close, verb, unless, busy, save, danger = false }: DialogEndProps) {
  return (
    <div className="pl-actions pl-dialog-end">
      <Button variant="default" onClick={close}>
        Cancel
      </Button>
      <ActButton unless={unless} loading={busy} onClick={save} color={danger ? 'red' : 'accent'}>
        {verb}
      </ActButton>
    </div>
  );
}
