/** What a person has signed, learned and been screened for, each with the day until which it holds. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { PersonView } from '#api/endpoints/views.ts';
import { useAct } from '../data/query.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { dayEnd, dayText } from '../kit/days.ts';
import { say } from '../kit/say.ts';

const ITEMS = ['nda', 'training', 'screening'] as const;
type Item = (typeof ITEMS)[number];

const LABELS: Readonly<Record<Item, string>> = {
  nda: 'NDA signed, valid until',
  training: 'Security training done, valid until',
  screening: 'Background screening passed, valid until',
};
const SHORT: Readonly<Record<Item, string>> = { nda: 'NDA', training: 'training', screening: 'screening' };
const DAYS_MAX = 1_095;

interface OnboardingProps {
  readonly person: PersonView;
  readonly opened: boolean;
  readonly close: () => void;
}

export function RecordOnboarding({ person, opened, close }: OnboardingProps) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={`Onboarding of ${person.name ?? 'this person'}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened ? <OnboardingForm person={person} close={close} /> : null}
    </Modal>
  );
}

function OnboardingForm({ person, close }: Omit<OnboardingProps, 'opened'>) {
  const before = (item: Item): string => {
    const until = person.onboarding[item];
    return until === undefined ? '' : dayText(until);
  };
  const [days, setDays] = useState<Readonly<Record<Item, string>>>({
    nda: before('nda'),
    training: before('training'),
    screening: before('screening'),
  });
  const record = useAct('record-onboarding');
  const changed = ITEMS.filter((item) => days[item] !== '' && days[item] !== before(item));
  const save = async () => {
    for (const item of changed)
      await record.mutateAsync({ params: { person: person.id }, body: { item, until: dayEnd(days[item]) } });
    say(`Recorded: ${changed.map((item) => SHORT[item]).join(', ')}.`);
    close();
  };
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        save().catch(() => undefined); // shown below, from the act itself
      }}
    >
      <p className="pl-dim pl-small">
        High-security projects let in only who has these on record. Each entry in the ledger bears your name; nobody
        records their own.
      </p>
      {ITEMS.map((item) => (
        <TextInput
          key={item}
          type="date"
          label={LABELS[item]}
          min={dayText(Date.now())}
          max={dayText(Date.now(), DAYS_MAX)}
          value={days[item]}
          onChange={(event) => setDays({ ...days, [item]: event.currentTarget.value })}
        />
      ))}
      {record.error === null ? null : <RefusedHere error={record.error} />}
      <Button type="submit" loading={record.isPending} disabled={changed.length === 0}>
        Record
      </Button>
    </form>
  );
}
