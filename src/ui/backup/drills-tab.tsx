/** What proves that copies are worth anything: drills with what they measured, as charts, as a list, as certificates. */
import { Button, Select } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { DrillView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { sayRefused, say } from '../kit/say.ts';
import { Notice, Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { bytesText, countText, measuredText } from '../kit/words.ts';
import { useAct } from '../data/query.ts';
import { paths } from '../paths.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { provenState } from './backup-words.ts';
import { Certificate } from './certificate.tsx';
import { DrillCharts } from './drill-chart.tsx';
import { DrillState } from './drill-state.tsx';

export function DrillsTab() {
  const { backups, hat, at } = useBackups();
  const [search] = useSearchParams();
  const answer = useAnswer('list-drills', { query: { at } }, { keep: true });
  const one = answer.data?.drills.find(({ id }) => id === search.get('drill'));
  if (one?.result !== undefined) return <Certificate drill={one} />;
  const [tone, days] = provenState(backups.proven.lastAt, backups.now);
  return (
    <>
      <div className="pl-spread" style={{ marginBottom: 14 }}>
        <p className={`bk-days-line pl-tone-${tone}`}>
          <strong>{days === 'never' ? 'Never' : days}</strong>{' '}
          {days === 'never' ? 'was a restore proved' : 'days since last proven restore'}
        </p>
        <DrillNow />
      </div>
      {backups.proven.never.length === 0 ? null : (
        <div style={{ marginBottom: 12 }}>
          <Notice tone="warn">
            No drill has proved {backups.proven.never.map(({ alias }) => alias).join(', ')} yet.
          </Notice>
        </div>
      )}
      <Answer of={answer}>
        {({ drills, more }) =>
          drills.length === 0 ? (
            <Empty
              title="No drill was tried yet"
              actions={
                backups.policies.length > 0 ? undefined : (
                  <Button component={Link} to={paths.backups(hat, 'copies')}>
                    Set a policy under Copies
                  </Button>
                )
              }
            >
              A drill restores files to a place apart, compares each with what was sealed when it was backed up, and
              measures how long it takes.
            </Empty>
          ) : (
            <>
              <Charts drills={drills} />
              <History drills={drills} />
              {more > 0 ? <p className="pl-dim pl-small">{countText(more, 'older one')} in the ledger.</p> : null}
            </>
          )
        }
      </Answer>
    </>
  );
}

function DrillNow() {
  const shown = useBackups();
  const viewer = useViewer();
  const begin = useAct('begin-drill');
  const [picked, setPicked] = useState<string | null>(null);
  const { policies } = shown.backups;
  const policy = policies.find(({ id }) => id === picked);
  if (policies.length === 0) return null;
  return (
    <div className="pl-row pl-no-print">
      <Select
        aria-label="What to try"
        placeholder="Try a restore of…"
        searchable
        w={230}
        data={policies.map(({ id, name, project }) => ({ value: id as string, label: `${project.alias}: ${name}` }))}
        value={picked}
        onChange={setPicked}
      />
      <ActButton
        loading={begin.isPending}
        unless={
          pastReason(shown) ??
          lacking(viewer.may, 'backup.run') ??
          (policy === undefined ? 'Choose what to try.' : undefined) ??
          (policy?.lastTakenAt === undefined ? 'There is no snapshot of it yet.' : undefined)
        }
        onClick={() => {
          if (policy === undefined) return;
          begin.mutate(
            { params: { policy: policy.id }, body: {} },
            { onSuccess: () => say(`A drill of ${policy.project.alias} was begun.`), onError: sayRefused },
          );
        }}
      >
        Drill now
      </ActButton>
    </div>
  );
}

function Charts({ drills }: { readonly drills: readonly DrillView[] }) {
  const aliases = [...new Set(drills.filter(({ result }) => result !== undefined).map(({ project }) => project.alias))];
  const [picked, setPicked] = useState<string>();
  const alias = picked !== undefined && aliases.includes(picked) ? picked : aliases[0];
  if (alias === undefined) return null;
  return (
    <Section
      title="Measured"
      note="Until the whole project is back, and how much work would be lost"
      actions={
        <Select
          size="xs"
          w={190}
          aria-label="Project of the charts"
          allowDeselect={false}
          data={aliases}
          value={alias}
          onChange={(value) => setPicked(value ?? undefined)}
        />
      }
    >
      <DrillCharts key={alias} drills={drills.filter(({ project }) => project.alias === alias)} alias={alias} />
    </Section>
  );
}

function History({ drills }: { readonly drills: readonly DrillView[] }) {
  const { hat } = useBackups();
  return (
    <Section title="History">
      <Table
        label="Drills"
        rows={drills}
        keyOf={({ id }) => id}
        columns={[
          { head: 'When', cell: ({ begunAt }) => <Moment at={begunAt} /> },
          {
            head: 'What',
            cell: ({ project, policy, vault }) => (
              <>
                {project.alias}{' '}
                <span className="pl-dim">
                  {policy.name}, from {vault.name}
                </span>
              </>
            ),
          },
          { head: 'Result', cell: (drill) => <DrillState drill={drill} /> },
          {
            head: 'Compared',
            cell: ({ result }) =>
              result === undefined
                ? ''
                : `${result.files} of ${countText(result.filesOf, 'file')}, ${bytesText(result.bytes)}`,
          },
          {
            head: 'Lost (RPO)',
            cell: ({ result, wanted }) =>
              result === undefined ? '' : <Measured of={result} ms={result.rpoMs} wantedMs={wanted?.rpoMs} />,
          },
          {
            head: 'Back in (RTO)',
            cell: ({ result, wanted }) =>
              result === undefined ? (
                ''
              ) : (
                <Measured of={result} ms={result.rtoMs} spreadMs={result.rtoSpreadMs} wantedMs={wanted?.rtoMs} />
              ),
          },
          {
            head: 'Proof',
            end: true,
            cell: ({ id, result }) =>
              result === undefined ? null : <Link to={paths.backups(hat, 'drills', { drill: id })}>Certificate</Link>,
          },
        ]}
      />
    </Section>
  );
}

interface MeasuredProps {
  readonly of: NonNullable<DrillView['result']>;
  readonly ms: number;
  readonly spreadMs?: number;
  readonly wantedMs: number | undefined;
}

/** What a drill that did not hold measured is no promise. */
function Measured({ of, ms, spreadMs = 0, wantedMs }: MeasuredProps) {
  if (!of.held) return <span className="pl-dim">not proven</span>;
  const text = spreadMs < 1000 ? measuredText(ms) : `${measuredText(ms)} ± ${measuredText(spreadMs)}`;
  if (wantedMs === undefined) return <>{text}</>;
  return <Status tone={ms + spreadMs <= wantedMs ? 'ok' : 'bad'}>{text}</Status>;
}
