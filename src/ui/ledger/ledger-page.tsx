/** The ledger: searched by person, project, path, kind and time. The search is the address. */
import { Button, Select, TextInput } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDebouncedCallback } from '@mantine/hooks';
import { useSearchParams } from '../kit/address.ts';
import { useAnswer } from '../data/query.ts';
import { useMay, useViewer } from '../data/viewer.ts';
import { Digest } from '../kit/digest.tsx';
import { dayEnd, dayStart, dayText } from '../kit/days.ts';
import { Page } from '../kit/page.tsx';
import type { Hat } from '../paths.ts';
import { History } from './history.tsx';
import { KIND_STARTS } from './kind-starts.ts';

const TYPING_MS = 250;
const FIELDS = ['person', 'project', 'session', 'engagement', 'cut', 'kind', 'path', 'from', 'until'] as const;

export function LedgerPage({ hat }: { readonly hat: Hat }) {
  const [search, setSearch] = useSearchParams();
  const set = (name: string, value: string | null | undefined) =>
    setSearch(
      (before) => {
        if (value === null || value === undefined || value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const query = Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = search.get(field);
      return value === null ? [] : [[field, value]];
    }),
  );
  return (
    <Page
      title="Ledger"
      lead="Everything that was ever done or refused, in order, none of it changeable."
      actions={<Checkpoint />}
    >
      <Filters
        key={[...search.keys()].length === 0 ? 'none' : 'some'}
        search={search}
        set={set}
        clear={() => setSearch({})}
      />
      <History name="search-ledger" query={query} hat={hat} />
    </Page>
  );
}

function Checkpoint() {
  const checkpoint = useAnswer('checkpoint', {});
  if (checkpoint.data === undefined) return null;
  return (
    <div className="pl-small pl-dim" style={{ textAlign: 'right' }}>
      Checkpoint of {checkpoint.data.size} entries
      <br />
      root <Digest value={checkpoint.data.rootHash} what="the root hash" />
    </div>
  );
}

interface FiltersProps {
  readonly search: URLSearchParams;
  readonly set: (name: string, value: string | null | undefined) => void;
  readonly clear: () => void;
}

function Filters({ search, set, clear }: FiltersProps) {
  const viewer = useViewer();
  const people = useAnswer('list-people', { query: {} }, { enabled: useMay('person.see') });
  const projects = useAnswer('list-projects', { query: {} });
  const typed = useDebouncedCallback((value: string) => set('path', value), TYPING_MS);
  const person = (people.data?.people ?? []).map((one) => ({ value: one.id, label: one.name ?? one.id }));
  const own = viewer.projects.map(({ project }) => ({ value: project.alias, label: project.alias }));
  const project = projects.data?.projects.map((one) => ({ value: one.alias, label: one.alias })) ?? own;
  const day = (name: 'from' | 'until') => {
    const at = search.get(name);
    return at === null ? null : dayText(Number(at));
  };
  const bound = ['session', 'engagement', 'cut'].filter((name) => search.has(name));
  return (
    <div className="pl-row" style={{ marginBottom: 14 }} role="search" aria-label="Search the ledger">
      <Select
        aria-label="Person"
        placeholder="Anybody"
        data={person}
        searchable
        clearable
        value={search.get('person')}
        onChange={(value) => set('person', value)}
        w={180}
      />
      <Select
        aria-label="Project"
        placeholder="Any project"
        data={project}
        searchable
        clearable
        value={search.get('project')}
        onChange={(value) => set('project', value)}
        w={160}
      />
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        data={kindOptions(search.get('kind'))}
        searchable
        clearable
        value={search.get('kind')}
        onChange={(value) => set('kind', value)}
        w={170}
      />
      <TextInput
        aria-label="Path"
        placeholder="Part of a path"
        defaultValue={search.get('path') ?? ''}
        onChange={(event) => typed(event.currentTarget.value)}
        w={170}
      />
      <DatePickerInput
        placeholder="From"
        clearable
        value={day('from')}
        onChange={(value) => set('from', value === null ? null : String(dayStart(value)))}
        valueFormat="D MMM YYYY"
        w={135}
      />
      <DatePickerInput
        placeholder="Until"
        clearable
        value={day('until')}
        onChange={(value) => set('until', value === null ? null : String(dayEnd(value)))}
        valueFormat="D MMM YYYY"
        w={135}
      />
      {bound.map((name) => (
        <span key={name} className="pl-chip">
          one {name}
        </span>
      ))}
      {[...search.keys()].length === 0 ? null : (
        <Button size="compact-sm" variant="subtle" onClick={clear}>
          Clear
        </Button>
      )}
    </div>
  );
}

function kindOptions(current: string | null) {
  const known = KIND_STARTS.map(([value, label]) => ({ value, label }));
  return current === null || known.some((one) => one.value === current)
    ? known
    : [...known, { value: current, label: current }];
}
