/** The one action that takes a machine, a person or a project off the network; used wherever one of them is shown. */
import { IconBiohazard } from '@tabler/icons-react';
import type { ButtonProps } from '@mantine/core';
import { useNavigate } from 'react-router';
import type { QuarantineScope } from '#model/network-shapes.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Notice } from '../kit/status.tsx';
import { paths } from '../paths.ts';

interface QuarantineActProps extends ButtonProps {
  readonly scope: QuarantineScope | undefined;
  readonly name: string;
  /** What it will not do, as things stand. */
  readonly note?: string | undefined;
  /** Why it cannot be done here. */
  readonly unless?: string | undefined;
}

const WHAT: Readonly<Record<QuarantineScope['kind'], readonly string[]>> = {
  host: [
    'at the gateway nothing reaches this machine and it reaches nothing, whatever other rules say',
    'sessions from its addresses are cut in the middle',
    'credentials in use there are held until the release',
  ],
  person: [
    'every session of this person is cut, on every gate',
    'the machines that this person answers for leave the network',
    'every credential of this person is held until the release',
  ],
  project: [
    'every session on this project is cut, on every gate',
    'its network paths close, and machines that carry only this project leave the network',
    'nothing of it can be opened until the release',
  ],
};

export function QuarantineAct({ scope, name, note, unless, ...rest }: QuarantineActProps) {
  const viewer = useViewer();
  const quarantine = useQuarantine();
  return (
    <ActButton
      color="red"
      variant="light"
      leftSection={<IconBiohazard size={16} aria-hidden />}
      unless={unless ?? lacking(viewer.may, 'quarantine.order')}
      onClick={() => {
        if (scope !== undefined) quarantine(scope, name, note);
      }}
      {...rest}
    >
      Quarantine…
    </ActButton>
  );
}

export function useQuarantine() {
  const confirm = useConfirm();
  const order = useAct('quarantine');
  const navigate = useNavigate();
  return (scope: QuarantineScope, name: string, note?: string) =>
    confirm({
      title: `Put ${name} in quarantine?`,
      body: (
        <>
          <p>At once, on every gate:</p>
          <ul style={{ margin: '4px 0', paddingLeft: 18 }}>
            {WHAT[scope.kind].map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <p className="pl-dim">Letting go again takes two people.</p>
          {note === undefined ? null : <Notice tone="warn">{note}</Notice>}
        </>
      ),
      verb: 'Quarantine now',
      danger: true,
      reason: 'required',
      act: async (reason) => {
        const ordered = await order.mutateAsync({ body: { scope, reason: reason ?? '' } });
        await navigate(paths.network('facility', 'quarantine', { show: ordered.quarantine }));
      },
    });
}
