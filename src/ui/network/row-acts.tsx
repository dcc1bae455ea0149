/** Change and remove, at the end of a row. */
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { useDialog } from './dialog-address.ts';
import type { DialogNoun } from './dialog-address.ts';
import { pastReason, useNetwork } from './network-context.ts';

interface RowActsProps {
  readonly noun: DialogNoun;
  readonly id: string;
  readonly name: string;
  readonly remove: () => void;
}

export function RowActs({ noun, id, name, remove }: RowActsProps) {
  const shown = useNetwork();
  const viewer = useViewer();
  const { open } = useDialog();
  const unless = pastReason(shown) ?? lacking(viewer.may, 'zone.edit');
  const common = { size: 'compact-sm', variant: 'subtle', px: 6, unless } as const;
  return (
    <span className="pl-row nw-row-acts">
      <ActButton {...common} onClick={() => open(noun, id)} aria-label={`Change ${name}`}>
        <IconPencil size={15} aria-hidden />
      </ActButton>
      <ActButton {...common} onClick={remove} aria-label={`Remove ${name}`}>
        <IconTrash size={15} aria-hidden />
      </ActButton>
    </span>
  );
}
