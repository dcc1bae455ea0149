/** Legal holds, and mass changes that were announced. */
import { Modal, Select, TagsInput, Textarea } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useState } from 'react';
import type { HoldView } from '#api/endpoints/backup-views.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { RefusedHere } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { dayText } from '../kit/days.ts';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { say } from '../kit/say.ts';
import { Table } from '../kit/table.tsx';
import { DAY_MS } from '../kit/words.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { DialogEnd } from '../kit/dialog-end.tsx';

export function Holds() {
  const shown = useBackups();
  const viewer = useViewer();
  const confirm = useConfirm();
  const [placing, setPlacing] = useState(false);
  const lift = useAct('lift-hold');
  const { holds } = shown.backups;
  const unless = pastReason(shown) ?? lacking(viewer.may, 'backup.hold');
  const liftIt = (hold: HoldView) =>
    confirm({
      title: `Lift the legal hold on ${hold.project.alias}?`,
      body: <>It was placed for: “{hold.reason}”. Snapshots that have had their time can be asked to go again.</>,
      verb: 'Lift the hold',
      danger: true,
      reason: 'required',
      act: (reason) => lift.mutateAsync({ params: { hold: hold.id }, body: { reason: reason ?? '' } }),
    });
  return (
    <Section
      title="Legal holds"
      note="Nothing of a project that is held expires"
      actions={
        <ActButton size="compact-sm" variant="default" unless={unless} onClick={() => setPlacing(true)}>
          Place a hold…
        </ActButton>
      }
    >
      {holds.length === 0 ? (
        <p className="pl-dim">No project is held.</p>
      ) : (
        <Table
          label="Legal holds"
          rows={holds}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Project', cell: ({ project }) => project.alias },
            { head: 'Why', cell: ({ reason }) => reason },
            {
              head: 'By',
              cell: ({ placedBy }) => (placedBy === undefined ? 'the console' : <PersonName person={placedBy} />),
            },
            { head: 'Since', cell: ({ placedAt }) => <Moment at={placedAt} as="date" /> },
            {
              head: 'Actions',
              end: true,
              cell: (hold) => (
                <ActButton size="compact-sm" variant="default" unless={unless} onClick={() => liftIt(hold)}>
                  Lift…
                </ActButton>
              ),
            },
          ]}
        />
      )}
      {placing ? <HoldDialog close={() => setPlacing(false)} /> : null}
    </Section>
  );
}

function useProjectNames(): string[] {
  const projects = useAnswer('list-projects', { query: {} });
  return (projects.data?.projects ?? []).map(({ alias }) => alias);
}

function HoldDialog({ close }: { readonly close: () => void }) {
  const names = useProjectNames();
  const [project, setProject] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const place = useAct('place-hold');
  const unless = project === null ? 'Choose the project.' : reason.trim() === '' ? 'Say why.' : undefined;
  const save = () => {
    if (project === null || unless !== undefined) return;
    place.mutate(
      { params: { project }, body: { reason: reason.trim() } },
      {
        onSuccess: () => {
          say(`${project} is held.`);
          close();
        },
      },
    );
  };
  return (
    <Modal opened onClose={close} title="Place a legal hold" closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className="pl-stack">
        <Select label="Project" required searchable data={names} value={project} onChange={setProject} />
        <Textarea
          label="Reason"
          description="Kept in the ledger."
          required
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {place.error === null ? null : <RefusedHere error={place.error} />}
        <DialogEnd close={close} verb="Place the hold" unless={unless} busy={place.isPending} save={save} />
      </div>
    </Modal>
  );
}

export function PlannedChanges() {
  const shown = useBackups();
  const viewer = useViewer();
  const [planning, setPlanning] = useState(false);
  const { changes, now } = shown.backups;
  const unless = pastReason(shown) ?? lacking(viewer.may, 'change.plan');
  return (
    <Section
      title="Planned changes"
      note="Mass changes that were announced raise no alarm"
      actions={
        <ActButton size="compact-sm" variant="default" unless={unless} onClick={() => setPlanning(true)}>
          Plan a change…
        </ActButton>
      }
    >
      {changes.length === 0 ? (
        <p className="pl-dim">
          None is planned. A re-render, a conform or a wrap looks like an attack unless it is announced.
        </p>
      ) : (
        <Table
          label="Planned changes"
          rows={changes}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Project', cell: ({ project }) => project.alias },
            {
              head: 'Folders',
              cell: ({ folders }) => (folders.length === 0 ? 'the whole workspace' : folders.join(', ')),
            },
            { head: 'Begins', cell: ({ from }) => (from <= now ? 'now' : <Moment at={from} />) },
            { head: 'Ends', cell: ({ until }) => <Moment at={until} /> },
            { head: 'Why', cell: ({ reason }) => reason },
            { head: 'By', cell: ({ by }) => (by === undefined ? 'the console' : <PersonName person={by} />) },
          ]}
        />
      )}
      {planning ? <PlanDialog close={() => setPlanning(false)} /> : null}
    </Section>
  );
}

function PlanDialog({ close }: { readonly close: () => void }) {
  const names = useProjectNames();
  const [project, setProject] = useState<string | null>(null);
  const [folders, setFolders] = useState<string[]>([]);
  const [from, setFrom] = useState(() => Date.now());
  const [until, setUntil] = useState(() => Date.now() + DAY_MS);
  const [reason, setReason] = useState('');
  const plan = useAct('plan-change');
  const unless = project === null ? 'Choose the project.' : reason.trim() === '' ? 'Say why.' : undefined;
  const save = () => {
    if (project === null || unless !== undefined) return;
    plan.mutate(
      { params: { project }, body: { from: Math.max(from, Date.now()), until, folders, reason: reason.trim() } },
      {
        onSuccess: () => {
          say('The change is planned.');
          close();
        },
      },
    );
  };
  return (
    <Modal opened onClose={close} title="Plan a mass change" closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className="pl-stack">
        <Select label="Project" required searchable data={names} value={project} onChange={setProject} />
        <TagsInput
          label="Folders"
          description="The whole workspace when none is named."
          value={folders}
          onChange={setFolders}
        />
        <div className="bk-form-pair">
          <InstantField label="Begins" value={from} onChange={setFrom} />
          <InstantField label="Ends" value={until} onChange={setUntil} />
        </div>
        <Textarea
          label="What is done"
          required
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {plan.error === null ? null : <RefusedHere error={plan.error} />}
        <DialogEnd close={close} verb="Plan it" unless={unless} busy={plan.isPending} save={save} />
      </div>
    </Modal>
  );
}

interface InstantFieldProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (at: number) => void;
}

function InstantField({ label, value, onChange }: InstantFieldProps) {
  return (
    <DateTimePicker
      label={label}
      valueFormat="D MMM YYYY HH:mm"
      value={`${dayText(value)} ${new Date(value).toTimeString().slice(0, 8)}`}
      onChange={(text) => {
        if (text !== null) onChange(new Date(text.replace(' ', 'T')).getTime());
      }}
    />
  );
}
