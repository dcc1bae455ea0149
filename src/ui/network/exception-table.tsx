/** Exceptions from invariants: who answers, why, until when. */
import type { InvariantExceptionView } from '#api/endpoints/network-views.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { Table } from '../kit/table.tsx';
import { pastReason, useNetwork } from './network-context.ts';
import { INVARIANTS } from './network-words.ts';

export function ExceptionTable({ exceptions }: { readonly exceptions: readonly InvariantExceptionView[] }) {
  const shown = useNetwork();
  const { hat } = shown;
  const viewer = useViewer();
  const confirm = useConfirm();
  const end = useAct('end-invariant-exception');
  const ask = (exception: InvariantExceptionView) =>
    confirm({
      title: 'End this exception now?',
      body: `${exception.invariant} counts as broken by “${exception.subject.name}” from then on.`,
      verb: 'End it',
      danger: true,
      act: () => end.mutateAsync({ params: { exception: exception.id } }),
    });
  return (
    <Table
      label="Exceptions"
      rows={exceptions}
      keyOf={(exception) => exception.id}
      columns={[
        {
          head: 'Lifts',
          cell: (exception) => (
            <span className="nw-why">
              <b>{exception.invariant}</b>
              <small className="pl-dim">{INVARIANTS[exception.invariant]}</small>
            </span>
          ),
        },
        { head: 'For', cell: (exception) => exception.subject.name },
        { head: 'Why', cell: (exception) => <span className="nw-why">{exception.reason}</span> },
        { head: 'Answers for it', cell: (exception) => <PersonName person={exception.owner} /> },
        {
          head: 'Recorded by',
          cell: (exception) =>
            exception.by === undefined ? <span className="pl-dim">–</span> : <PersonName person={exception.by} />,
        },
        { head: 'Ends', cell: (exception) => <Moment at={exception.until} /> },
        {
          head: 'Actions',
          isHidden: hat === 'assess',
          end: true,
          cell: (exception) => (
            <ActButton
              size="compact-sm"
              variant="default"
              unless={pastReason(shown) ?? lacking(viewer.may, 'exception.record')}
              onClick={() => ask(exception)}
            >
              End…
            </ActButton>
          ),
        },
      ]}
    />
  );
}
