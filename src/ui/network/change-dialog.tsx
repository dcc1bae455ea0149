/** The frame of every form of the network: fields, what the change would do, and only then the button. */
import { Button, Modal, Skeleton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { BodyTo } from '#api/endpoints.ts';
import type { NetworkPreviewView } from '#api/endpoints/network-views.ts';
import type { InvariantId } from '#model/network-shapes.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { RefusedHere } from '../kit/answer.tsx';
import { say } from '../kit/say.ts';
import { ExceptionFields, withExceptions } from './exception-fields.tsx';
import type { ExceptionDraft, ExceptionSubject } from './exception-fields.tsx';
import { NoPreview, Preview } from './preview.tsx';

export type Edit = BodyTo<'change-network'>['changes'][number];

const TYPING_MS = 350;

interface ChangeDialogProps {
  readonly title: string;
  readonly verb: string;
  readonly close: () => void;
  /** What would be sent; undefined while a field is missing, `missing` then says which. */
  readonly edits: readonly Edit[] | undefined;
  readonly missing?: string | undefined;
  /** What an exception would be for, should the change break an invariant. */
  readonly subject?: ExceptionSubject | undefined;
  readonly danger?: boolean;
  readonly children?: ReactNode;
}

export function ChangeDialog(props: ChangeDialogProps) {
  const { title, verb, close, edits, missing, subject, danger = false, children } = props;
  const viewer = useViewer();
  const [draft, setDraft] = useState<ExceptionDraft>();
  const bare = usePreview(edits);
  const broken = brokenBy(bare.current);
  const excepted =
    subject === undefined || edits === undefined ? undefined : withExceptions(edits, draft, subject, broken);
  const batch = excepted ?? edits;
  const preview = usePreview(batch);
  const change = useAct('change-network');
  const unless =
    lacking(viewer.may, 'zone.edit') ??
    (edits === undefined ? (missing ?? 'Fill in what is missing.') : undefined) ??
    refusalOf(preview.current);
  const make = () => {
    if (batch === undefined) return;
    change.mutate(
      { body: { changes: [...batch] } },
      {
        onSuccess: () => {
          say('Done. It is an entry of the ledger.');
          close();
        },
      },
    );
  };
  return (
    <Modal opened onClose={close} title={title} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        className="pl-stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (unless === undefined) make();
        }}
      >
        {children}
        <PreviewOf preview={preview} />
        {broken.length > 0 && subject !== undefined ? (
          <ExceptionFields draft={draft} onChange={setDraft} broken={broken} />
        ) : null}
        {change.error === null ? null : <RefusedHere error={change.error} />}
        <div className="pl-actions" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <ActButton unless={unless} onClick={make} loading={change.isPending} color={danger ? 'red' : 'accent'}>
            {verb}
          </ActButton>
        </div>
      </form>
    </Modal>
  );
}

/** Asked while the person types, once she pauses; an answer about something else is not shown. */
function usePreview(edits: readonly Edit[] | undefined) {
  const [settled] = useDebouncedValue(JSON.stringify(edits), TYPING_MS);
  const isSettled = settled === JSON.stringify(edits);
  const changes = settled === undefined ? [] : (JSON.parse(settled) as Edit[]); // written by the line above
  const answer = useAnswer('preview-network', { body: { changes } }, { enabled: changes.length > 0 });
  return { current: isSettled ? answer.data : undefined, error: answer.error, isAsked: edits !== undefined };
}

function PreviewOf({ preview }: { readonly preview: ReturnType<typeof usePreview> }) {
  if (!preview.isAsked) return null;
  if (preview.current !== undefined) return <Preview preview={preview.current} />;
  if (preview.error !== null) return <NoPreview error={preview.error} />;
  return <Skeleton height={54} />;
}

function brokenBy(preview: NetworkPreviewView | undefined): readonly InvariantId[] {
  if (preview?.exceptable !== true) return [];
  return preview.invariants.filter(({ broken }) => broken.length > 0).map(({ id }) => id);
}

function refusalOf(preview: NetworkPreviewView | undefined): string | undefined {
  if (preview === undefined) return 'Wait for what it would do.';
  if (preview.refused === undefined) return undefined;
  return `${preview.refused.message} ${preview.refused.ask ?? ''}`;
}
