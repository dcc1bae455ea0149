/** Every role and what it may do, as one matrix; custom roles are made here. */
import { Button, Checkbox, Modal, SegmentedControl, Skeleton, TextInput, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCheck, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { RoleView } from '#api/endpoints/views.ts';
import type { RoleId } from '#std/ids.ts';
import { call } from '../data/client.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useMay, useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Refusal } from '../kit/answer.tsx';
import { Effect, useConfirm } from '../kit/confirm.tsx';

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
  known,
  close,
}: {
  readonly scope: Scope;
  readonly actions: readonly string[];
  /** The role that is changed; its id and reach stay. */
  readonly known: RoleView | undefined;
  readonly close: () => void;
}) {
  const [title, setTitle] = useState(known?.title ?? '');
  const [chosen, setChosen] = useState<readonly string[]>(known?.grants.map((grant) => grant.action) ?? []);
  const define = useAct('define-role');
  const folders = new Map(known?.grants.map((grant) => [grant.action as string, grant.folders]));
  const role = known?.id ?? idOf(title);
  const whole = role.length >= 2 && chosen.length > 0;
  const body = { title, scope, grants: chosen.map((action) => grantOf(action, folders.get(action))) };
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        // The server checks the shape of the id again.
        define.mutate({ params: { role: role as RoleId }, body }, { onSuccess: close });
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
            gap: '10px 6px',
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
      {whole ? <RoleEffect role={role} body={body} /> : null}
      {define.error === null ? null : <Refusal error={define.error} />}
      <Button type="submit" loading={define.isPending} disabled={!whole}>
        {known === undefined ? 'Define the role' : 'Change the role'}
      </Button>
    </form>
  );
}

/** A role that was narrowed to folders by other means keeps them. */
function grantOf(action: string, folders: readonly string[] | undefined) {
  return folders === undefined ? { action } : { action, folders: [...folders] };
}

function idOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-$/g, '')
    .slice(0, 40);
}

/** Typing is not asking: the server is asked when the form has been still for a moment. */
const STILL_MS = 350;

interface RoleEffectProps {
  readonly role: string;
  readonly body: {
    readonly title: string;
    readonly scope: Scope;
    readonly grants: { readonly action: string; readonly folders?: string[] }[];
  };
}

function RoleEffect({ role, body }: RoleEffectProps) {
  const [asked] = useDebouncedValue(JSON.stringify({ role, body }), STILL_MS);
  const effect = useQuery({
    queryKey: ['preview-role', asked],
    queryFn: () => {
      const { role: id, body: then } = JSON.parse(asked) as { role: RoleId; body: typeof body }; // written two lines above
      return call('preview-role', { params: { role: id }, body: then });
    },
  });
  if (effect.data !== undefined) return <Effect effect={effect.data} />;
  return effect.error === null ? <Skeleton height={44} /> : <Refusal error={effect.error} />;
}
