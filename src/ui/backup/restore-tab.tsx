/** The way back: a project, a time, and what of its tree is wanted. All three stand in the address. */
import { Button, Checkbox, SegmentedControl, Select } from '@mantine/core';
import { Link } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Section } from '../kit/page.tsx';
import { Notice } from '../kit/status.tsx';
import { paths } from '../paths.ts';
import { useBackups } from './backup-context.ts';
import { Restores } from './restores.tsx';
import { useSetSearch } from './set-search.ts';
import { SnapshotChanges } from './snapshot-changes.tsx';
import { SnapshotTree } from './snapshot-tree.tsx';
import { indexBefore, shotsOf } from './snapshots.ts';
import type { Shot } from './snapshots.ts';
import { TimeSlider } from './time-slider.tsx';
import { TouchedBy } from './touched.tsx';

export function RestoreTab() {
  const { backups, hat, at } = useBackups();
  const [search] = useSearchParams();
  const set = useSetSearch();
  const projects = useAnswer('list-projects', { query: {} });
  const first = backups.policies[0]?.project.alias;
  const alias = search.get('project') ?? first;
  const names = [
    ...new Set([...(alias === undefined ? [] : [alias]), ...(projects.data?.projects ?? []).map((one) => one.alias)]),
  ];
  const answer = useAnswer(
    'project-backups',
    { params: { project: alias ?? '' }, query: { at } },
    { enabled: alias !== undefined, keep: true },
  );
  return (
    <>
      <div className="pl-row" style={{ marginBottom: 14, alignItems: 'flex-end' }}>
        <Select
          label="Project"
          searchable
          allowDeselect={false}
          placeholder="Which project"
          data={names}
          value={alias ?? null}
          onChange={(project) =>
            set({ project: project ?? undefined, backup: undefined, path: undefined, find: undefined })
          }
        />
        <Checkbox
          label="Only snapshots that no alarm is about"
          mb={8}
          checked={search.get('clean') === 'yes'}
          onChange={(event) => set({ clean: event.currentTarget.checked ? 'yes' : undefined })}
        />
      </div>
      {alias === undefined ? (
        <Empty
          title="Nothing was backed up yet"
          actions={
            <Button component={Link} to={paths.backups(hat, 'copies')}>
              Set a policy under Copies
            </Button>
          }
        >
          A policy says what of a project is copied, how often, and where.
        </Empty>
      ) : (
        <Answer of={answer}>
          {(found) => <Chosen alias={alias} shots={shotsOf(found.backups, search.get('clean') === 'yes')} />}
        </Answer>
      )}
      <Restores />
    </>
  );
}

function Chosen({ alias, shots }: { readonly alias: string; readonly shots: readonly Shot[] }) {
  const { backups } = useBackups();
  const viewer = useViewer();
  const [search] = useSearchParams();
  const set = useSetSearch();
  const named = shots.findIndex(({ backup }) => backup.id === search.get('backup'));
  const index = named === -1 ? shots.length - 1 : named;
  const shot = shots[index];
  if (shot === undefined)
    return (
      <Empty title={`No snapshot of ${alias} can be restored`}>None was taken, or an alarm is about every one.</Empty>
    );
  const shows = search.get('show') === 'changes' ? 'changes' : 'files';
  const mayLook = lacking(viewer.may, 'backup.restore');
  return (
    <>
      <TimeSlider
        shots={shots}
        index={index}
        onChange={(next) => set({ backup: shots[next]?.backup.id }, true)}
        onTime={(at) => set({ backup: shots[indexBefore(shots, at)]?.backup.id })}
      />
      {shot.backup.suspect ? (
        <div style={{ marginBottom: 12 }}>
          <Notice tone="bad">An alarm is about this snapshot: what it holds may be damaged on purpose.</Notice>
        </div>
      ) : null}
      <Section title="What it holds" note={`${alias}, as it was`}>
        <SegmentedControl
          size="xs"
          mb={10}
          aria-label="Show"
          data={[
            { value: 'files', label: 'Files' },
            { value: 'changes', label: 'What changed' },
          ]}
          value={shows}
          onChange={(wanted) => set({ show: wanted === 'changes' ? wanted : undefined })}
        />
        {mayLook !== undefined ? (
          <Notice>Names of files are shown to those who may restore them. {mayLook}</Notice>
        ) : backups.served ? (
          shows === 'changes' ? (
            <SnapshotChanges alias={alias} shots={shots} index={index} />
          ) : (
            <SnapshotTree alias={alias} shot={shot} />
          )
        ) : (
          <Notice tone="warn">
            No backup service runs beside this portal, so snapshots cannot be looked into here. The runbook says how to
            restore without it.
          </Notice>
        )}
      </Section>
      {mayLook === undefined && backups.served ? <TouchedBy alias={alias} shot={shot} /> : null}
    </>
  );
}
