/** A dialog that is a form: its fields, what the server refused, and the two buttons at the end. Enter sends it. */
import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { RefusedHere } from './answer.tsx';
import { DialogEnd } from './dialog-end.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly verb: string;
  /** Why it cannot be sent now. */
  readonly unless: string | undefined;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly save: () => void;
  readonly close: () => void;
  readonly danger?: boolean;
  readonly size?: 'md' | 'lg';
  readonly children: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { title, verb, unless, busy, error, save, close, danger = false, size = 'lg', children } = props;
  const send = () => {
    if (unless === undefined && !busy) save();
  };
  return (
    <Modal opened onClose={close} size={size} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        className="pl-stack"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {children}
        {error === null ? null : <RefusedHere error={error} />}
        <DialogEnd close={close} verb={verb} unless={unless} busy={busy} save={send} danger={danger} />
      </form>
    </Modal>
  );
}
