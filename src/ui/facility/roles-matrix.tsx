/** Every role and what it may do, as one matrix; custom roles are made here. */
import { Button, Modal, SegmentedControl, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useSearchParams } from '../kit/address.ts';
import type { RoleView } from '#api/endpoints/views.ts';
import { ActionWords } from '../kit/action-words.tsx';
import { useAct, useAnswer } from '../data/query.ts';
import { useMay, useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { RoleForm } from './role-form.tsx';

type Scope = RoleView['scope'];

export function RolesMatrix() {
  const viewer = useViewer();
  const [search, setSearch] = useSearchParams();
  const scope: Scope = search.get('scope') === 'facility' ? 'facility' : 'project';
  const roles = useAnswer('list-roles', { query: {} });
  const [making, setMaking] = useState<RoleView | 'new'>();
  return (
    <>
      <div className="pl-spread" style={{ marginBottom: 12 }}>
        <SegmentedControl
          size="xs"
          aria-label="Which roles"
          value={scope}
          onChange={(value) => setSearch({ scope: value }, { replace: true })}
          data={[
            { value: 'project', label: 'On a project' },
            { value: 'facility', label: 'Facility-wide' },
          ]}
        />
        <ActButton
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          unless={lacking(viewer.may, 'role.define')}
          onClick={() => setMaking('new')}
        >
          New role
        </ActButton>
      </div>
      <Answer of={roles} rows={10}>
        {({ roles: all, actions }) => (
          <>
            <Matrix
              roles={all
                .filter((role) => role.scope === scope && !role.retired)
                .sort((a, b) => b.grants.length - a.grants.length)}
              actions={actions}
              change={setMaking}
            />
            <Modal
              opened={making !== undefined}
              onClose={() => setMaking(undefined)}
              title={making === undefined || making === 'new' ? 'New role' : `Change ${making.title}`}
              size="lg"
              closeButtonProps={{ 'aria-label': 'Close' }}
            >
              {making === undefined ? null : (
                <RoleForm
                  scope={scope}
                  actions={actions}
                  known={making === 'new' ? undefined : making}
                  close={() => setMaking(undefined)}
                />
              )}
            </Modal>
          </>
        )}
      </Answer>
    </>
  );
}

interface MatrixProps {
  readonly roles: readonly RoleView[];
  readonly actions: readonly string[];
  readonly change: (role: RoleView) => void;
}

function Matrix({ roles, actions, change }: MatrixProps) {
  const mayDefine = useMay('role.define');
  const confirm = useConfirm();
  const retire = useAct('retire-role');
  const used = actions.filter((action) => roles.some((role) => role.grants.some((grant) => grant.action === action)));
  const cell = (role: RoleView, action: string) => {
    const grant = role.grants.find((one) => one.action === action);
    if (grant === undefined) return <VisuallyHidden>no</VisuallyHidden>;
    if (grant.folders === undefined) return <IconCheck size={16} color="var(--pl-ok)" role="img" aria-label="yes" />;
    return <span className="pl-small">{grant.folders.join(' ')}</span>;
  };
  return (
    <div
      className="pl-table-frame"
      role="region"
      aria-label="Roles and actions"
      tabIndex={0}
      style={{ maxHeight: '72vh' }}
    >
      <table className="pl-table rm">
        <thead>
          <tr>
            <th scope="col">Action</th>
            {roles.map((role) => (
              <th key={role.id} scope="col">
                {role.title}
                {role.builtIn || !mayDefine ? null : (
                  <Button size="compact-xs" variant="subtle" onClick={() => change(role)}>
                    Change…
                  </Button>
                )}
                {role.builtIn || !mayDefine ? null : (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    onClick={() =>
                      confirm({
                        title: `Retire ${role.title}?`,
                        body: 'Nobody gets it any more; those who have it keep it until their engagement ends.',
                        verb: 'Retire',
                        danger: true,
                        act: () => retire.mutateAsync({ params: { role: role.id } }),
                      })
                    }
                  >
                    Retire…
                  </Button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {used.map((action) => (
            <tr key={action}>
              <th scope="row">
                <ActionWords action={action} />
              </th>
              {roles.map((role) => (
                <td key={role.id}>{cell(role, action)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
