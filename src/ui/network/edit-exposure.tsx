/** A line of the external inventory: a host that the internet may reach, on one service. */
import { Select } from '@mantine/core';
import { useState } from 'react';
import type { ExposureView, NetworkView } from '#api/endpoints/network-views.ts';
import type { ExposureId } from '#std/ids.ts';
import { newId } from '../data/new-id.ts';
import { useViewer } from '../data/viewer.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Edit } from './change-dialog.tsx';
import type { DialogStart } from './dialog-address.ts';
import { ServiceField } from './edit-flow.tsx';
import { AnsweringFields, LineField, REVIEW_DAYS, reviewIn } from './fields.tsx';
import type { Answering } from './fields.tsx';
import { useNetwork } from './network-context.ts';

interface Draft extends Answering {
  readonly host: string | undefined;
  readonly service: string | undefined;
  readonly publicName: string;
}

interface EditExposureProps {
  readonly known: ExposureView | undefined;
  readonly start: DialogStart;
  readonly close: () => void;
}

export function EditExposure({ known, start, close }: EditExposureProps) {
  const { net } = useNetwork();
  const viewer = useViewer();
  const [draft, setDraft] = useState(() => draftOf(known, start, viewer.person.id));
  const [exposure] = useState(() => newId('exposure'));
  const set = (some: Partial<Draft>) => setDraft((before) => ({ ...before, ...some }));
  const edits = editsOf(net, draft, exposure, known);
  return (
    <ChangeDialog
      title={known === undefined ? 'Show a host to the internet' : 'Change this line of the inventory'}
      verb={known === undefined ? 'Add it' : 'Change it'}
      close={close}
      edits={typeof edits === 'string' ? undefined : edits}
      missing={typeof edits === 'string' ? edits : undefined}
      subject={{ exposure }}
    >
      <div className="nw-form-pair">
        <Select
          label="Host"
          required
          searchable
          limit={60}
          data={net.hosts.map((one) => ({ value: one.id as string, label: one.name }))}
          value={draft.host ?? null}
          onChange={(host) => set({ host: host ?? undefined })}
        />
        <ServiceField value={draft.service} onChange={(service) => set({ service })} />
      </div>
      <LineField
        label="What it is called outside"
        required
        placeholder="review.harbourpost.example"
        value={draft.publicName}
        onChange={(publicName) => set({ publicName })}
      />
      <AnsweringFields value={draft} onChange={set} />
    </ChangeDialog>
  );
}

function draftOf(known: ExposureView | undefined, start: DialogStart, me: Draft['owner']): Draft {
  return {
    host: known?.host.id ?? start['host'],
    service: known?.service.id,
    publicName: known?.publicName ?? '',
    owner: known?.owner.id ?? me,
    reason: known?.reason ?? '',
    reviewBy: known === undefined || known.overdue ? reviewIn(REVIEW_DAYS) : known.reviewBy,
    until: known?.until,
  };
}

function editsOf(
  net: NetworkView,
  draft: Draft,
  exposure: ExposureId,
  known: ExposureView | undefined,
): Edit[] | string {
  const host = net.hosts.find((one) => one.id === draft.host)?.id;
  const service = net.services.find((one) => one.id === draft.service)?.id;
  const { owner, reason, reviewBy, until, publicName } = draft;
  if (host === undefined || service === undefined) return 'Choose a host and a service.';
  if (publicName.trim() === '') return 'Say what it is called outside.';
  if (owner === undefined) return 'Say who answers for it.';
  if (reason.trim() === '') return 'Say why it is needed.';
  return [
    ...(known === undefined ? [] : [{ kind: 'remove-exposure' as const, exposure: known.id, reason: 'changed' }]),
    {
      kind: 'add-exposure',
      exposure,
      host,
      service,
      publicName: publicName.trim(),
      owner,
      reason: reason.trim(),
      reviewBy,
      ...(until === undefined ? {} : { until }),
    },
  ];
}
