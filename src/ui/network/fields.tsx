/** The fields that the network's forms share. */
import { Select, Textarea, TextInput } from '@mantine/core';
import { useViewer } from '../data/viewer.ts';
import { useAnswer } from '../data/query.ts';
import { dayEnd, dayText } from '../kit/days.ts';
import { UntilField } from '../kit/until-field.tsx';
import { isId } from '#std/ids.ts';
import type { PersonId } from '#std/ids.ts';

const OPTIONS_SHOWN = 60;
export const REVIEW_DAYS = 180;

export function reviewIn(days: number): number {
  return dayEnd(dayText(Date.now(), days));
}

interface PersonFieldProps {
  readonly label: string;
  readonly value: PersonId | undefined;
  readonly onChange: (person: PersonId | undefined) => void;
  readonly description?: string;
  readonly required?: boolean;
}

export function PersonField({ label, value, onChange, description, required = false }: PersonFieldProps) {
  const viewer = useViewer();
  const people = useAnswer('list-people', { query: {} }, { enabled: viewer.may.includes('person.see') });
  const known = (people.data?.people ?? []).filter((one) => one.nature === 'human' && one.standing === 'active');
  const options = known.map((one) => ({
    value: one.id as string,
    label: one.name ?? `sealed name ${one.id.slice(4, 10)}`,
  }));
  if (!known.some((one) => one.id === viewer.person.id))
    options.push({ value: viewer.person.id, label: viewer.person.name ?? 'You' });
  return (
    <Select
      label={label}
      description={description}
      data={options.sort((a, b) => a.label.localeCompare(b.label))}
      searchable
      clearable={!required}
      required={required}
      withAsterisk={required}
      limit={OPTIONS_SHOWN}
      value={value ?? null}
      onChange={(id) => onChange(isId('person', id) ? id : undefined)}
    />
  );
}

/** Who answers for a rule, why it is there, when somebody asks again, and when it ends by itself. */
export interface Answering {
  readonly owner: PersonId | undefined;
  readonly reason: string;
  readonly reviewBy: number;
  readonly until: number | undefined;
}

interface AnsweringFieldsProps {
  readonly value: Answering;
  readonly onChange: (value: Answering) => void;
}

export function AnsweringFields({ value, onChange }: AnsweringFieldsProps) {
  return (
    <>
      <PersonField
        label="Who answers for it"
        required
        value={value.owner}
        onChange={(owner) => onChange({ ...value, owner })}
      />
      <Textarea
        label="Why it is needed"
        required
        autosize
        minRows={2}
        maxLength={1000}
        value={value.reason}
        onChange={(event) => onChange({ ...value, reason: event.currentTarget.value })}
      />
      <div className="nw-form-pair">
        <UntilField
          label="Look at it again by"
          from={Date.now()}
          value={value.reviewBy}
          onChange={(reviewBy) => onChange({ ...value, reviewBy })}
        />
        <EndField value={value.until} onChange={(until) => onChange({ ...value, until })} />
      </div>
    </>
  );
}

const ENDS: readonly (readonly [string, number | undefined])[] = [
  ['Stays until it is removed', undefined],
  ['Closes by itself tonight', 0],
  ['Closes by itself in a week', 7],
  ['Closes by itself in a month', 30],
  ['Closes by itself in three months', 91],
];

function EndField({
  value,
  onChange,
}: {
  readonly value: number | undefined;
  readonly onChange: (until: number | undefined) => void;
}) {
  const ends = ENDS.map(([text, days]) => ({ text, until: days === undefined ? undefined : reviewIn(days) }));
  const chosen = ends.find(({ until }) => until === value);
  const options = chosen === undefined ? [...ends, { text: `Closes on ${dayText(value ?? 0)}`, until: value }] : ends;
  return (
    <Select
      label="Its end"
      allowDeselect={false}
      data={options.map(({ text, until }) => ({ value: String(until ?? ''), label: text }))}
      value={String(value ?? '')}
      onChange={(picked) => onChange(picked === null || picked === '' ? undefined : Number(picked))}
    />
  );
}

interface LineFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly description?: string;
  readonly required?: boolean;
  /** The form begins here. */
  readonly first?: boolean;
  /** What is wrong with it. */
  readonly error?: string | undefined;
}

export function LineField({ onChange, error, first = false, ...rest }: LineFieldProps) {
  const focus = first ? { 'data-autofocus': true } : {};
  return <TextInput {...rest} {...focus} error={error} onChange={(event) => onChange(event.currentTarget.value)} />;
}

/** Words between commas, without the empty ones. */
export function listOf(text: string): string[] {
  return text
    .split(/[,\s]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
