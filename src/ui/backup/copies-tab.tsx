/** Every policy with its copies and their lag; one project day by day; holds and planned changes. */
import { Button, Select } from '@mantine/core';
import { Link } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { PolicyView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { measuredText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { BackupCalendar } from './backup-calendar.tsx';
import { BackupTable } from './backup-table.tsx';
import { pastReason, useBackups } from './backup-context.ts';
import { lagState, policyState, spanText } from './backup-words.ts';
import { Holds, PlannedChanges } from './holds.tsx';
import { PolicyActs } from './policy-acts.tsx';
import { PolicyDialog } from './policy-dialog.tsx';
import { Running } from './running.tsx';

export function CopiesTab() {
  const shown = useBackups();
  const { backups, hat } = shown;
  const viewer = useViewer();
  const [, setSearch] = useSearchParams();
  const open = (policy: string) =>
    setSearch((before) => {
      before.set('policy', policy);
      return before;
    });
  const isEmpty = backups.policies.length === 0;
  const noVault = !backups.vaults.some(({ standing }) => standing === 'in-use');
  const unless =
    pastReason(shown) ??
    lacking(viewer.may, 'backup.configure') ??
    (noVault ? 'Enrol a vault first: a policy needs a place for its copies.' : undefined);
  const add = (
    <ActButton unless={unless} onClick={() => open('new')}>
      Add a policy
    </ActButton>
  );
  return (
    <>
      <Running />
      <Unprotected />
      {isEmpty ? (
        <Empty
          title="Nothing is backed up"
          actions={
            noVault ? (
              <Button component={Link} to={paths.backups(hat, 'vaults')}>
                Enrol a vault first
              </Button>
            ) : (
              add
            )
          }
        >
          {noVault
            ? 'A vault is the place that holds copies and lets nobody remove them before their time. Then a policy says what is copied.'
            : 'A policy says what of a project is copied, how often, for how long and where.'}
        </Empty>
      ) : (
        <Section title="Policies" note="What is copied, and how far each copy is behind" actions={add}>
          <Policies open={open} />
        </Section>
      )}
      <OneProject />
      <Holds />
      <PlannedChanges />
      <PolicyDialog />
    </>
  );
}

function Unprotected() {
  const { unprotected, policies } = useBackups().backups;
  if (unprotected.length === 0 || policies.length === 0) return null;
  return (
    <div style={{ marginBottom: 12 }}>
      <Notice tone="warn">
        No policy copies {unprotected.map(({ alias }) => alias).join(', ')}: nothing of it would come back.
      </Notice>
    </div>
  );
}

function Policies({ open }: { readonly open: (policy: string) => void }) {
  const { backups, hat } = useBackups();
  return (
    <Table
      label="Policies"
      rows={backups.policies}
      keyOf={({ id }) => id}
      columns={[
        {
          head: 'Project',
          cell: ({ project, name, folders }) => (
            <>
              <Link className="pl-main-link" to={paths.backups(hat, 'copies', { project: project.alias })}>
                {project.alias}
              </Link>{' '}
              <span className="pl-dim">
                {name}
                {folders === undefined ? '' : `: ${folders.join(', ')}`}
              </span>
            </>
          ),
        },
        { head: 'State', cell: (policy) => <PolicyState policy={policy} now={backups.now} /> },
        { head: 'Every', cell: ({ everyMs, keepDays }) => `${spanText(everyMs)}, kept ${keepDays} days` },
        { head: 'Copies and how far behind', cell: (policy) => <Lags policy={policy} now={backups.now} /> },
        { head: 'Until it is back', cell: (policy) => <TimeBack policy={policy} /> },
        { head: 'Actions', end: true, cell: (policy) => <PolicyActs policy={policy} change={() => open(policy.id)} /> },
      ]}
    />
  );
}

function PolicyState({ policy, now }: { readonly policy: PolicyView; readonly now: number }) {
  const [tone, says] = policyState(policy, now);
  return (
    <span className="bk-two-lines">
      <Status tone={tone}>{says}</Status>
      {policy.failure === undefined ? (
        <span className="pl-dim pl-small">
          {policy.dueAt > now ? 'next' : 'was due'} <Moment at={policy.dueAt} />
        </span>
      ) : (
        <span className="pl-dim pl-small">{policy.failure.says}</span>
      )}
    </span>
  );
}

function Lags({ policy, now }: { readonly policy: PolicyView; readonly now: number }) {
  return (
    <ul className="bk-lags">
      {policy.lags.map(({ vault, showsAt, lockedUntil }) => {
        const [tone, says] = lagState(showsAt, policy.rpoMs, now);
        return (
          <li key={vault.id}>
            <span className="pl-strong">{vault.name}</span> <Status tone={tone}>{says}</Status>{' '}
            <span className="pl-dim pl-small">
              {lockedUntil === undefined ? (
                'no lock told yet'
              ) : (
                <>
                  locked until <Moment at={lockedUntil} as="date" />
                </>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function TimeBack({ policy: { measured, rtoMs } }: { readonly policy: PolicyView }) {
  if (measured === undefined)
    return (
      <span className="bk-two-lines">
        <Status tone="bad">Never measured</Status>
        <span className="pl-dim pl-small">wanted {spanText(rtoMs)}</span>
      </span>
    );
  const isKept = measured.rtoMs + measured.spreadMs <= rtoMs;
  return (
    <span className="bk-two-lines">
      <Status tone={isKept ? 'ok' : 'bad'}>{measuredText(measured.rtoMs)}</Status>
      <span className="pl-dim pl-small">
        ± {measuredText(measured.spreadMs)}, wanted {spanText(rtoMs)}
      </span>
    </span>
  );
}

/** The project in the address, or the first that has a policy. */
function OneProject() {
  const { backups, at } = useBackups();
  const [search, setSearch] = useSearchParams();
  const aliases = [...new Set(backups.policies.map(({ project }) => project.alias))];
  const alias = search.get('project') ?? aliases[0];
  const answer = useAnswer(
    'project-backups',
    { params: { project: alias ?? '' }, query: { at } },
    { enabled: alias !== undefined, keep: true },
  );
  if (alias === undefined) return null;
  const choose = (
    <Select
      size="xs"
      w={190}
      aria-label="Project"
      data={[...new Set([alias, ...aliases])]}
      allowDeselect={false}
      searchable
      value={alias}
      onChange={(value) =>
        setSearch((before) => {
          if (value !== null) before.set('project', value);
          return before;
        })
      }
    />
  );
  return (
    <Section title={`${alias}, day by day`} actions={choose}>
      <Answer of={answer}>
        {({ backups: own, more }) => (
          <div className="pl-stack" style={{ gap: 16 }}>
            <BackupCalendar alias={alias} backups={own} more={more} />
            <BackupTable alias={alias} backups={own} more={more} />
          </div>
        )}
      </Answer>
    </Section>
  );
}
