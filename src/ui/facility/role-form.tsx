/** A custom role: what it may do, in which folders, and what that would change. */
import { Button, Checkbox, Skeleton, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RoleView } from '#api/endpoints/views.ts';
import { ANYWHERE, isAction, traitsOf } from '#model/actions.ts';
import { WORKSPACE_FOLDERS } from '#model/built-in-roles.ts';
import type { RoleId } from '#std/ids.ts';
import { actionSays, actionTitle, byReach } from '../kit/action-says.ts';
import { ActionWords } from '../kit/action-words.tsx';
import { call } from '../data/client.ts';
import { useAct } from '../data/query.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { Effect } from '../kit/confirm.tsx';

type Scope = RoleView['scope'];

export function RoleForm({
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
  const [folders, setFolders] = useState<Narrowed>(
    () =>
      new Map(known?.grants.flatMap(({ action, folders: to }) => (to === undefined ? [] : [[action, to] as const]))),
  );
  const define = useAct('define-role');
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
            gridTemplateColumns: 'repeat(auto-fill, minmax(240px, 1fr))',
            gap: '10px 6px',
            maxHeight: 320,
            overflow: 'auto',
            marginTop: 6,
          }}
        >
          {byReach(actions.filter((action) => fits(action, scope))).map(([reach, these]) => (
            <fieldset key={reach} className="pl-stack" style={{ border: 0, padding: 0, margin: 0, gap: 8 }}>
              <legend className="pl-dim pl-small">{reach}</legend>
              {these.map((action) => (
                <Checkbox key={action} size="xs" value={action} label={<ActionWords action={action} />} />
              ))}
            </fieldset>
          ))}
        </div>
      </Checkbox.Group>
      <Folders of={chosen.filter(isAboutFiles)} narrowed={folders} onChange={setFolders} />
      {whole ? <RoleEffect role={role} body={body} /> : null}
      {define.error === null ? null : <RefusedHere error={define.error} />}
      <Button type="submit" loading={define.isPending} disabled={!whole}>
        {known === undefined ? 'Define the role' : 'Change the role'}
      </Button>
    </form>
  );
}

/** Top folders by action; an action that is not in it, or has none, reaches every folder. */
type Narrowed = ReadonlyMap<string, readonly string[]>;

function grantOf(action: string, folders: readonly string[] | undefined) {
  return folders === undefined || folders.length === 0 ? { action } : { action, folders: [...folders] };
}

function isAboutFiles(action: string): boolean {
  return isAction(action) && traitsOf(action).reach === 'file';
}

/** Files are reached through projects, and the facility's own affairs through facility roles. */
function fits(action: string, scope: Scope): boolean {
  if (!isAction(action)) return false;
  const { reach } = traitsOf(action);
  return scope === 'facility' ? reach !== 'file' : reach !== 'facility' || ANYWHERE.has(action);
}

interface FoldersProps {
  readonly of: readonly string[];
  readonly narrowed: Narrowed;
  readonly onChange: (narrowed: Narrowed) => void;
}

/** Least privilege by folder: each act on files in the top folders that it is meant for. */
function Folders({ of: actions, narrowed, onChange }: FoldersProps) {
  if (actions.length === 0) return null;
  return (
    <fieldset className="pl-stack" style={{ border: 0, padding: 0, margin: 0, gap: 8 }}>
      <legend className="pl-strong">In these top folders</legend>
      <span className="pl-dim pl-small">Without one: in every folder of the workspace.</span>
      {actions.map((action) => (
        <div key={action} className="pl-row" style={{ flexWrap: 'nowrap' }}>
          <span style={{ minWidth: 170 }}>{actionTitle(action)}</span>
          <TagsInput
            aria-label={`Folders: ${actionSays(action)}`}
            size="xs"
            style={{ flex: 1 }}
            data={[...WORKSPACE_FOLDERS]}
            value={[...(narrowed.get(action) ?? [])]}
            placeholder={(narrowed.get(action) ?? []).length === 0 ? 'every folder' : undefined}
            onChange={(folders) => onChange(new Map(narrowed).set(action, folders))}
          />
        </div>
      ))}
    </fieldset>
  );
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
  return effect.error === null ? <Skeleton height={44} /> : <RefusedHere error={effect.error} />;
}
