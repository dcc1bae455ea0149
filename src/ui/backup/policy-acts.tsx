/** What can be done with a policy: back up now, drill now, change, end. */
import { Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { PolicyView } from '#api/endpoints/backup-views.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { ActItem } from '../kit/act-item.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { pastReason, useBackups } from './backup-context.ts';

export function PolicyActs({ policy, change }: { readonly policy: PolicyView; readonly change: () => void }) {
  const shown = useBackups();
  const viewer = useViewer();
  const confirm = useConfirm();
  const [run, drill, end] = [useAct('run-backup'), useAct('begin-drill'), useAct('end-backup-policy')];
  const past = pastReason(shown);
  const running = policy.running ? 'A backup under this policy runs now.' : undefined;
  const params = { policy: policy.id };
  const runNow = () =>
    run.mutate(
      { params, body: {} },
      { onSuccess: () => say(`The backup of ${policy.project.alias} was begun.`), onError: sayRefused },
    );
  const drillNow = () =>
    drill.mutate(
      { params, body: {} },
      { onSuccess: () => say(`A drill of ${policy.project.alias} was begun.`), onError: sayRefused },
    );
  const endIt = () =>
    confirm({
      title: `End the policy ${policy.name} of ${policy.project.alias}?`,
      body: 'Nothing more is copied under it. What was copied stays, as long as it is locked.',
      verb: 'End the policy',
      danger: true,
      reason: 'required',
      act: (reason) => end.mutateAsync({ params, body: { reason: reason ?? '' } }),
    });
  const mayChange = past ?? lacking(viewer.may, 'backup.configure');
  const mayDrill =
    past ??
    lacking(viewer.may, 'backup.run') ??
    (policy.lastTakenAt === undefined ? 'There is no snapshot yet.' : undefined);
  return (
    <span className="pl-row bk-acts">
      <ActButton
        size="compact-sm"
        variant="default"
        unless={past ?? lacking(viewer.may, 'backup.run') ?? running}
        loading={run.isPending}
        onClick={runNow}
      >
        Back up now
      </ActButton>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <button
            type="button"
            className="pl-icon-button"
            aria-label={`More acts on ${policy.project.alias} ${policy.name}`}
          >
            <IconDots size={17} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <ActItem unless={mayDrill} onClick={drillNow}>
            Drill now
          </ActItem>
          <ActItem unless={mayChange} onClick={change}>
            Change the policy…
          </ActItem>
          <ActItem unless={mayChange} onClick={endIt} color="red">
            End the policy…
          </ActItem>
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
