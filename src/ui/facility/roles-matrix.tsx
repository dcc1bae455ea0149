/** Every role and what it may do, as one matrix; custom roles are made here. */
import { Button, Checkbox, Modal, SegmentedControl, TextInput, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { RoleView } from '#api/endpoints/views.ts';
import type { RoleId } from '#std/ids.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Refusal } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';

type Scope = RoleView['scope'];

export function RolesMatrix() {
  const viewer = useViewer();
  const [search, setSearch] = useSearchParams();
  const scope: Scope = search.get('scope') === 'facility' ? 'facility' : 'project';
  const roles = useAnswer('list-roles', { query: {} });
  const [making, setMaking] = useState(false);
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
          onClick={() => setMaking(true)}
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
            />
            <Modal
              opened={making}
              onClose={() => setMaking(false)}
              title="New role"
              size="lg"
              closeButtonProps={{ 'aria-label': 'Close' }}
            >
              {making ? <RoleForm scope={scope} actions={actions} close={() => setMaking(false)} /> : null}
            </Modal>
          </>
        )}
      </Answer>
    </>
  );
}

function Matrix({ roles, actions }: { readonly roles: readonly RoleView[]; readonly actions: readonly string[] }) {
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
                {role.builtIn ? null : (
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
                <code>{action}</code>
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

function RoleForm({
  scope,
  actions,
  close,
}: {
  readonly scope: Scope;
  readonly actions: readonly string[];
  readonly close: () => void;
}) {
  const [title, setTitle] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const define = useAct('define-role');
  const role = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-$/g, '')
    .slice(0, 40);
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        // The server checks the shape of the id again.
        define.mutate(
          { params: { role: role as RoleId }, body: { title, scope, grants: chosen.map((action) => ({ action })) } },
          { onSuccess: close },
        );
      }}
    >
      <TextInput
        label="Title"
        required
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        description={role === '' ? undefined : `Its id will be ${role}`}
        data-autofocus
      />
      <Checkbox.Group label="May do" value={[...chosen]} onChange={setChosen}>
        <div
          className="pl-grid"
          style={{
            gridTemplateColumns: 'repeat(auto-fill, minmax(180px, 1fr))',
            gap: 6,
            maxHeight: 320,
            overflow: 'auto',
            marginTop: 6,
          }}
        >
          {actions.map((action) => (
            <Checkbox key={action} size="xs" value={action} label={action} />
          ))}
        </div>
      </Checkbox.Group>
      {define.error === null ? null : <Refusal error={define.error} />}
      <Button type="submit" loading={define.isPending} disabled={role.length < 2 || chosen.length === 0}>
        Define the role
      </Button>
    </form>
  );
}
