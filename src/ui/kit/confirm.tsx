/** The one dialog for acts that take something away: it shows the effect beforehand, and can ask for a reason. */
import { Button, Modal, Skeleton, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useState } from 'react';
import type { ReactNode } from 'react';
import type { EffectView } from '#api/endpoints/views.ts';
import { Notice } from './status.tsx';
import { RefusedHere } from './answer.tsx';

export interface Confirmation {
  readonly title: string;
  readonly body: ReactNode;
  readonly verb: string;
  readonly danger?: boolean;
  readonly reason?: 'required' | 'optional';
  /** What it would do, asked of the server while the dialog is open. */
  readonly effect?: () => Promise<EffectView>;
  readonly act: (reason: string | undefined) => Promise<unknown>;
}

const ConfirmContext = createContext<(confirmation: Confirmation) => void>(() => undefined);

export function useConfirm() {
  return useContext(ConfirmContext);
}

export function ConfirmProvider({ children }: { readonly children: ReactNode }) {
  const [open, setOpen] = useState<Confirmation>();
  const close = useCallback(() => setOpen(undefined), []);
  return (
    <ConfirmContext value={setOpen}>
      {children}
      <Modal
        opened={open !== undefined}
        onClose={close}
        title={open?.title}
        size="md"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {open === undefined ? null : <ConfirmBody confirmation={open} close={close} />}
      </Modal>
    </ConfirmContext>
  );
}

function ConfirmBody({ confirmation, close }: { readonly confirmation: Confirmation; readonly close: () => void }) {
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const run = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await confirmation.act(reason.trim() === '' ? undefined : reason.trim());
      close();
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    } finally {
      setBusy(false);
    }
  };
  const missing = confirmation.reason === 'required' && reason.trim() === '';
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div>{confirmation.body}</div>
      {confirmation.effect === undefined ? null : <EffectBeforehand ask={confirmation.effect} />}
      {confirmation.reason === undefined ? null : (
        <Textarea
          label="Reason"
          description="Kept in the ledger."
          required={confirmation.reason === 'required'}
          value={reason}
          autosize
          minRows={2}
          maxLength={1000}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
      )}
      {error === undefined ? null : <RefusedHere error={error} />}
      <div className="pl-actions pl-dialog-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" color={confirmation.danger === true ? 'red' : 'accent'} loading={busy} disabled={missing}>
          {confirmation.verb}
        </Button>
      </div>
    </form>
  );
}

function EffectBeforehand({ ask }: { readonly ask: () => Promise<EffectView> }) {
  const effect = useQuery({ queryKey: ['effect', ask], queryFn: ask, staleTime: 0, gcTime: 0 });
  if (effect.data !== undefined) return <Effect effect={effect.data} />;
  return effect.error === null ? <Skeleton height={44} /> : <RefusedHere error={effect.error} />;
}

export function Effect({ effect }: { readonly effect: EffectView }) {
  if (effect.refused !== undefined)
    return (
      <Notice tone="bad">
        {effect.refused.message} {effect.refused.ask}
      </Notice>
    );
  if (effect.sentences.length === 0) return <Notice>This changes nobody’s access.</Notice>;
  return (
    <Notice tone={effect.losses.length > 0 ? 'warn' : 'info'}>
      <strong>What this does</strong>
      <ul style={{ margin: '2px 0 0', paddingLeft: 18 }}>
        {effect.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Notice>
  );
}
