/** A policy as a form, with what it would promise beneath; the address says which (`?policy=new` or its id). */
import { Checkbox, MultiSelect, NumberInput, Select, Skeleton, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useSearchParams } from '../kit/address.ts';
import type { BodyTo } from '#api/endpoints.ts';
import type { PolicyView, PromiseView } from '#api/endpoints/backup-views.ts';
import { isId } from '#std/ids.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { lacking } from '../kit/act-button.tsx';
import { RefusedHere } from '../kit/answer.tsx';
import { FormDialog } from '../kit/form-dialog.tsx';
import { say } from '../kit/say.ts';
import { Notice } from '../kit/status.tsx';
import { DAY_MS } from '../kit/words.ts';
import { useBackups } from './backup-context.ts';

type PolicyBody = BodyTo<'set-backup-policy'>;

const HOUR_MS = 3_600_000;
const TYPING_MS = 350;
const EVERY: readonly (readonly [number, string])[] = [
  [HOUR_MS / 4, 'Every 15 minutes'],
  [HOUR_MS, 'Every hour'],
  [4 * HOUR_MS, 'Every 4 hours'],
  [12 * HOUR_MS, 'Every 12 hours'],
  [DAY_MS, 'Every day'],
  [7 * DAY_MS, 'Every week'],
];

export function PolicyDialog() {
  const { backups, at } = useBackups();
  const [search, setSearch] = useSearchParams();
  const asked = search.get('policy');
  const known = backups.policies.find(({ id }) => id === asked);
  const close = () =>
    setSearch(
      (before) => {
        before.delete('policy');
        return before;
      },
      { replace: true },
    );
  if (at !== undefined || (asked !== 'new' && known === undefined)) return null;
  return <PolicyForm key={asked} known={known} close={close} />;
}

interface Draft {
  readonly project: string | null;
  readonly name: string;
  readonly folders: readonly string[];
  readonly everyMs: number;
  readonly keepDays: number;
  readonly vaults: readonly string[];
  readonly rpoHours: number;
  readonly rtoHours: number;
  readonly drillDays: number;
  readonly decoys: boolean;
}

function draftOf(known: PolicyView | undefined, vaults: readonly string[], first: string | undefined): Draft {
  return {
    project: known?.project.alias ?? first ?? null,
    name: known?.name ?? 'Everything, hourly',
    folders: known?.folders ?? [],
    everyMs: known?.everyMs ?? HOUR_MS,
    keepDays: known?.keepDays ?? 90,
    vaults: known?.vaults.map(({ id }) => id) ?? vaults,
    rpoHours: (known?.rpoMs ?? 4 * HOUR_MS) / HOUR_MS,
    rtoHours: (known?.rtoMs ?? 24 * HOUR_MS) / HOUR_MS,
    drillDays: (known?.drillEveryMs ?? 30 * DAY_MS) / DAY_MS,
    decoys: known?.decoys ?? false,
  };
}

function bodyOf(draft: Draft, known: PolicyView | undefined): PolicyBody | undefined {
  const vaults = draft.vaults.filter((id) => isId('vault', id));
  if (draft.name.trim() === '' || vaults.length === 0) return undefined;
  return {
    ...(known === undefined ? {} : { policy: known.id }),
    name: draft.name.trim(),
    ...(draft.folders.length === 0 ? {} : { folders: [...draft.folders] }),
    everyMs: draft.everyMs,
    keepDays: draft.keepDays,
    vaults,
    rpoMs: Math.round(draft.rpoHours * HOUR_MS),
    rtoMs: Math.round(draft.rtoHours * HOUR_MS),
    drillEveryMs: Math.round(draft.drillDays * DAY_MS),
    decoys: draft.decoys,
  };
}

function PolicyForm({ known, close }: { readonly known: PolicyView | undefined; readonly close: () => void }) {
  const { backups } = useBackups();
  const viewer = useViewer();
  const inUse = backups.vaults.filter(({ standing }) => standing === 'in-use');
  const [draft, setDraft] = useState(() =>
    draftOf(
      known,
      inUse.map(({ id }) => id),
      backups.unprotected[0]?.alias,
    ),
  );
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const body = bodyOf(draft, known);
  const promise = usePromise(draft.project, body);
  const set = useAct('set-backup-policy');
  const refusal = promise.current?.refused;
  const unless =
    lacking(viewer.may, 'backup.configure') ??
    (draft.project === null ? 'Choose the project.' : body === undefined ? 'Give it a name and a vault.' : undefined) ??
    (promise.current === undefined ? 'Wait for what it would promise.' : undefined) ??
    (refusal === undefined ? undefined : `${refusal.message} ${refusal.ask ?? ''}`);
  const save = () => {
    if (body === undefined || draft.project === null) return;
    set.mutate(
      { params: { project: draft.project }, body },
      {
        onSuccess: () => {
          say('The policy is set. It is an entry of the ledger.');
          close();
        },
      },
    );
  };
  return (
    <FormDialog
      title={known === undefined ? 'Add a policy' : `Change ${known.name} of ${known.project.alias}`}
      verb={known === undefined ? 'Add the policy' : 'Change it'}
      unless={unless}
      busy={set.isPending}
      error={set.error}
      save={save}
      close={close}
    >
      <What draft={draft} change={change} known={known} />
      <MultiSelect
        label="Where"
        description="One in the house and one elsewhere is the least that survives a fire."
        required
        data={inUse.map(({ id, name }) => ({ value: id, label: name }))}
        value={[...draft.vaults]}
        onChange={(vaults) => change({ vaults })}
      />
      <Wanted draft={draft} change={change} />
      <Checkbox
        label="Decoys"
        description="A file, “_index ….xml”, in each top folder that nobody works with: whoever touches it raises an alarm."
        checked={draft.decoys}
        onChange={(event) => change({ decoys: event.currentTarget.checked })}
      />
      <PromiseOf promise={promise} />
    </FormDialog>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

function What({ draft, change, known }: FieldsProps & { readonly known: PolicyView | undefined }) {
  const projects = useAnswer('list-projects', { query: {} });
  const live = (projects.data?.projects ?? []).filter(({ standing }) => standing !== 'wrapped');
  const folders = live.find(({ alias }) => alias === draft.project)?.folders ?? [];
  return (
    <>
      <Select
        label="Project"
        required
        searchable
        disabled={known !== undefined}
        data={[...new Set([...(draft.project === null ? [] : [draft.project]), ...live.map(({ alias }) => alias)])]}
        value={draft.project}
        onChange={(project) => change({ project, folders: [] })}
      />
      <TextInput
        label="Name"
        required
        maxLength={80}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        data-autofocus
      />
      <TagsInput
        label="Top folders"
        description="All of them when none is named."
        data={folders}
        value={[...draft.folders]}
        onChange={(value) => change({ folders: value })}
      />
    </>
  );
}

function Wanted({ draft, change }: FieldsProps) {
  const number = (set: (value: number) => void) => (value: string | number) => {
    if (typeof value === 'number') set(value);
  };
  const every = EVERY.some(([ms]) => ms === draft.everyMs)
    ? EVERY
    : [...EVERY, [draft.everyMs, `Every ${draft.everyMs / HOUR_MS} hours`] as const];
  return (
    <div className="bk-form-pair">
      <Select
        label="How often"
        allowDeselect={false}
        data={every.map(([ms, label]) => ({ value: String(ms), label }))}
        value={String(draft.everyMs)}
        onChange={(value) => change({ everyMs: Number(value ?? draft.everyMs) })}
      />
      <NumberInput
        label="Keep each snapshot for"
        suffix=" days"
        min={1}
        max={3650}
        value={draft.keepDays}
        onChange={number((keepDays) => change({ keepDays }))}
      />
      <NumberInput
        label="Work that may be lost (RPO)"
        suffix=" hours"
        min={0.25}
        max={8784}
        value={draft.rpoHours}
        onChange={number((rpoHours) => change({ rpoHours }))}
      />
      <NumberInput
        label="Until it must be back (RTO)"
        suffix=" hours"
        min={0.25}
        max={8784}
        value={draft.rtoHours}
        onChange={number((rtoHours) => change({ rtoHours }))}
      />
      <NumberInput
        label="A drill every"
        suffix=" days"
        min={1}
        max={366}
        value={draft.drillDays}
        onChange={number((drillDays) => change({ drillDays }))}
      />
    </div>
  );
}

/** Asked while the person types, once she pauses; an answer about something else is not shown. */
function usePromise(project: string | null, body: PolicyBody | undefined) {
  const now = JSON.stringify([project, body]);
  const [settled] = useDebouncedValue(now, TYPING_MS);
  const enabled = project !== null && body !== undefined && settled === now;
  const answer = useAnswer(
    'preview-backup-policy',
    { params: { project: project ?? '' }, body: body ?? EMPTY },
    { enabled },
  );
  return { current: enabled ? answer.data : undefined, error: answer.error };
}

/** Never sent: the question is not asked while a field is missing. */
const EMPTY: PolicyBody = { name: '', everyMs: 0, keepDays: 0, vaults: [], rpoMs: 0, rtoMs: 0 };

function PromiseOf({ promise }: { readonly promise: ReturnType<typeof usePromise> }) {
  if (promise.current !== undefined) return <Promises promise={promise.current} />;
  return promise.error === null ? <Skeleton height={54} /> : <RefusedHere error={promise.error} />;
}

function Promises({ promise: { sentences, warnings, refused } }: { readonly promise: PromiseView }) {
  return (
    <div className="bk-promise" aria-live="polite">
      <h3>What it promises</h3>
      <ul>
        {sentences.map((says) => (
          <li key={says}>{says}</li>
        ))}
      </ul>
      {warnings.length === 0 ? null : (
        <Notice tone="warn">
          <strong>What it does not</strong>
          <ul>
            {warnings.map((says) => (
              <li key={says}>{says}</li>
            ))}
          </ul>
        </Notice>
      )}
      {refused === undefined ? null : (
        <Notice tone="bad">
          {refused.message} {refused.ask}
        </Notice>
      )}
    </div>
  );
}
