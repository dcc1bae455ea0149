/** A flow: who may start a connection to whom, on which service. A changed flow is the old one removed and the new one added, at once. */
import { Select } from '@mantine/core';
import { useState } from 'react';
import type { FlowView, NetworkView } from '#api/endpoints/network-views.ts';
import { flowClass } from '#model/network-shapes.ts';
import type { FlowClass } from '#model/network-shapes.ts';
import type { FlowId } from '#std/ids.ts';
import { newId } from '../data/new-id.ts';
import { useViewer } from '../data/viewer.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Edit } from './change-dialog.tsx';
import type { DialogStart } from './dialog-address.ts';
import { draftOfEnd, EndField, endOf } from './end-field.tsx';
import type { EndDraft } from './end-field.tsx';
import { AnsweringFields, REVIEW_DAYS, reviewIn } from './fields.tsx';
import type { Answering } from './fields.tsx';
import { useNetwork } from './network-context.ts';
import { FLOW_CLASSES, portsText } from './network-words.ts';

interface Draft extends Answering {
  readonly from: EndDraft;
  readonly to: EndDraft;
  readonly service: string | undefined;
  readonly class: FlowClass;
}

interface EditFlowProps {
  readonly known: FlowView | undefined;
  readonly start: DialogStart;
  readonly close: () => void;
}

export function EditFlow({ known, start, close }: EditFlowProps) {
  const { net } = useNetwork();
  const viewer = useViewer();
  const [draft, setDraft] = useState(() => draftOf(known, start, viewer.person.id));
  const [flow] = useState(() => newId('flow'));
  const set = (some: Partial<Draft>) => setDraft((before) => ({ ...before, ...some }));
  const edits = editsOf(net, draft, flow, known);
  return (
    <ChangeDialog
      title={known === undefined ? 'Add a flow' : 'Change this flow'}
      verb={known === undefined ? 'Add the flow' : 'Change it'}
      close={close}
      edits={typeof edits === 'string' ? undefined : edits}
      missing={typeof edits === 'string' ? edits : undefined}
      subject={{ flow }}
    >
      <div className="nw-form-pair">
        <EndField label="From" value={draft.from} onChange={(from) => set({ from })} />
        <EndField label="To" value={draft.to} onChange={(to) => set({ to })} />
        <ServiceField value={draft.service} onChange={(service) => set({ service })} />
      </div>
      <Select
        label="Kind of rule"
        allowDeselect={false}
        data={flowClass.options.map((value) => ({ value, label: FLOW_CLASSES[value] }))}
        value={draft.class}
        onChange={(value) => set({ class: flowClass.options.find((one) => one === value) ?? 'standard' })}
      />
      <AnsweringFields value={draft} onChange={set} />
    </ChangeDialog>
  );
}

export function ServiceField({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (service: string | undefined) => void;
}) {
  const { net } = useNetwork();
  return (
    <Select
      label="Service"
      required
      searchable
      data={net.services.map((one) => ({ value: one.id as string, label: `${one.name}: ${portsText(one.ports)}` }))}
      nothingFoundMessage="No such service yet: add it first."
      value={value ?? null}
      onChange={(picked) => onChange(picked ?? undefined)}
    />
  );
}

function draftOf(known: FlowView | undefined, start: DialogStart, me: Draft['owner']): Draft {
  return {
    from: draftOfEnd(known?.from, start['from']),
    to: draftOfEnd(known?.to, start['to']),
    service: known?.service.id,
    class: known?.class ?? 'standard',
    owner: known?.owner.id ?? me,
    reason: known?.reason ?? '',
    reviewBy: known === undefined || known.overdue ? reviewIn(REVIEW_DAYS) : known.reviewBy,
    until: known?.until,
  };
}

/** The changes, or what is missing for them. */
function editsOf(net: NetworkView, draft: Draft, flow: FlowId, known: FlowView | undefined): Edit[] | string {
  const [from, to] = [endOf(net, draft.from), endOf(net, draft.to)];
  const service = net.services.find((one) => one.id === draft.service)?.id;
  const { owner, reason, reviewBy, until } = draft;
  if (from === undefined || to === undefined) return 'Say from where to where.';
  if (service === undefined) return 'Choose a service.';
  if (owner === undefined) return 'Say who answers for it.';
  if (reason.trim() === '') return 'Say why it is needed.';
  return [
    ...(known === undefined ? [] : [{ kind: 'remove-flow' as const, flow: known.id, reason: 'changed' }]),
    {
      kind: 'add-flow',
      flow,
      service,
      from,
      to,
      class: draft.class,
      owner,
      reason: reason.trim(),
      reviewBy,
      ...(until === undefined ? {} : { until }),
    },
  ];
}
