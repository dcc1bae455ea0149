/** Who had access when: any project, any instant, nothing to change. */
import { Select } from '@mantine/core';
import { useSearchParams } from '../kit/address.ts';
import { useNow } from '../data/now.ts';
import { useAnswer } from '../data/query.ts';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Page } from '../kit/page.tsx';
import { StateOf } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { absoluteText, countText } from '../kit/words.ts';
import { codeText } from '../ledger/code-words.ts';
import { AtPicker, instantOf } from '../ledger/at-picker.tsx';
import { TimelineChart } from '../facility/timeline-chart.tsx';

export function AccessThen() {
  const [search, setSearch] = useSearchParams();
  const projects = useAnswer('list-projects', { query: {} });
  const project = search.get('project') ?? projects.data?.projects[0]?.alias;
  const choose = (value: string | null) =>
    setSearch(
      (before) => {
        if (value !== null) before.set('project', value);
        return before;
      },
      { replace: true },
    );
  return (
    <Page
      title="Who had access"
      lead="Every engagement of a project as the ledger tells it, at this instant or at any earlier one."
    >
      <div className="pl-row" style={{ marginBottom: 14 }}>
        <Select
          aria-label="Project"
          placeholder="Project"
          data={(projects.data?.projects ?? []).map((one) => one.alias)}
          searchable
          value={project ?? null}
          onChange={choose}
          w={200}
        />
        <AtPicker />
      </div>
      <Answer of={projects}>
        {() =>
          project === undefined ? (
            <Empty title="No project is open to you">Ask the facility’s security lead for a project to assess.</Empty>
          ) : (
            <ProjectAccess project={project} />
          )
        }
      </Answer>
    </Page>
  );
}

function ProjectAccess({ project }: { readonly project: string }) {
  const [search, setSearch] = useSearchParams();
  const now = useNow();
  const at = instantOf(search);
  const chosen = search.get('engagement') ?? undefined;
  const access = useAnswer('who-had-access', { params: { project }, query: { at } }, { keep: true });
  const choose = (engagement: string) =>
    setSearch(
      (before) => {
        before.set('engagement', engagement);
        return before;
      },
      { replace: true },
    );
  return (
    <Answer of={access}>
      {({ engagements }) => {
        const live = engagements.filter((one) => one.state === 'live');
        if (engagements.length === 0)
          return (
            <Empty title={at === undefined ? 'Nobody has ever had access' : 'Nobody had access yet'}>
              No engagement on {project} {at === undefined ? 'was given' : 'had been given by then'}.
            </Empty>
          );
        return (
          <>
            <p style={{ marginBottom: 10 }}>
              <span className="pl-strong">{countText(live.length, 'person', 'people')}</span>{' '}
              {at === undefined ? (live.length === 1 ? 'has' : 'have') : 'had'} access to {project}{' '}
              {at === undefined ? 'now' : `at ${absoluteText(at)}`}; {countText(engagements.length, 'engagement')} on
              record {at === undefined ? 'so far' : 'by then'}.
            </p>
            <TimelineChart engagements={engagements} now={at ?? now} chosen={chosen} choose={choose} />
            <div style={{ marginTop: 18 }}>
              <Table
                label="Engagements"
                rows={engagements}
                keyOf={(one) => one.id}
                columns={[
                  {
                    head: 'Who',
                    cell: (one) => (
                      <span className={one.id === chosen ? 'pl-strong' : undefined}>
                        {one.person.name ?? 'sealed name'}
                      </span>
                    ),
                  },
                  { head: 'As', cell: (one) => one.role.title },
                  { head: at === undefined ? 'State' : 'State then', cell: (one) => <StateOf state={one.state} /> },
                  { head: 'From', cell: (one) => <Moment at={one.from} as="date" /> },
                  { head: 'Until', cell: (one) => <Moment at={one.until} as="date" /> },
                  {
                    head: 'Ended',
                    cell: (one) =>
                      one.ended === undefined ? (
                        <span className="pl-dim">–</span>
                      ) : (
                        <>
                          {codeText(one.ended.because)}, <Moment at={one.ended.at} as="date" />
                        </>
                      ),
                  },
                  { head: 'Given by', cell: (one) => one.givenBy?.name ?? 'sealed name' },
                ]}
              />
            </div>
          </>
        );
      }}
    </Answer>
  );
}
