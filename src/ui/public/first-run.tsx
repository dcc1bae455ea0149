/** The first page of a new installation: who owns it, and how the owner signs in. */
import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Navigate, useNavigate } from 'react-router';
import { useQueryClient } from '@tanstack/react-query';
import type { AnswerOf } from '#api/endpoints.ts';
import { call } from '../data/client.ts';
import { useAnswer } from '../data/query.ts';
import { Answer, RefusedHere } from '../kit/answer.tsx';
import { paths } from '../paths.ts';
import { Door } from './door.tsx';
import { Enrol } from './enrol.tsx';

interface Owner {
  readonly facility: string;
  readonly timeZone: string;
  readonly ownerName: string;
  readonly ownerMail: string;
  readonly setupCode: string;
}

export function FirstRun() {
  const status = useAnswer('status', {});
  if (status.data?.firstRun === false) return <Navigate to={paths.signIn()} replace />;
  return (
    <Door
      title="Set up Picturelock"
      wide
      lead="Two steps: the facility and its owner, then how the owner signs in. Everything after this is recorded."
    >
      <Answer of={status}>{({ setupCodeNeeded }) => <Steps setupCodeNeeded={setupCodeNeeded} />}</Answer>
    </Door>
  );
}

function Steps({ setupCodeNeeded }: { readonly setupCodeNeeded: boolean }) {
  const [owner, setOwner] = useState<Owner>({
    facility: '',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ownerName: '',
    ownerMail: '',
    setupCode: '',
  });
  const [options, setOptions] = useState<AnswerOf<'first-run-options'>>();
  const [error, setError] = useState<Error>();
  const navigate = useNavigate();
  const client = useQueryClient();
  const who = {
    ownerName: owner.ownerName,
    ...(owner.ownerMail === '' ? {} : { ownerMail: owner.ownerMail }),
    ...(owner.setupCode === '' ? {} : { setupCode: owner.setupCode }),
  };
  if (options === undefined) {
    const next = () =>
      void call('first-run-options', { body: who }).then(setOptions, (caught: Error) => setError(caught));
    return (
      <>
        {error === undefined ? null : <RefusedHere error={error} />}
        <OwnerForm owner={owner} change={setOwner} next={next} setupCodeNeeded={setupCodeNeeded} />
      </>
    );
  }
  return (
    <>
      <p>
        <span className="pl-strong">{owner.ownerName}</span> owns <span className="pl-strong">{owner.facility}</span>.{' '}
        <Button variant="subtle" size="compact-xs" onClick={() => setOptions(undefined)}>
          Change
        </Button>
      </p>
      <Enrol
        options={options}
        verb="Finish"
        finish={async (enrolment) => {
          await call('first-run', { body: { ...who, facility: owner.facility, timeZone: owner.timeZone, enrolment } });
          client.clear();
          await navigate(paths.guided(), { replace: true });
        }}
      />
    </>
  );
}

interface OwnerFormProps {
  readonly owner: Owner;
  readonly change: (owner: Owner) => void;
  readonly next: () => void;
  readonly setupCodeNeeded: boolean;
}

function OwnerForm({ owner, change, next, setupCodeNeeded }: OwnerFormProps) {
  const zones = [...new Set([owner.timeZone, ...Intl.supportedValuesOf('timeZone')])];
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        next();
      }}
    >
      <TextInput
        label="Facility"
        placeholder="Northlight Post"
        required
        autoFocus
        value={owner.facility}
        onChange={(event) => change({ ...owner, facility: event.currentTarget.value })}
      />
      <Select
        label="Time zone"
        description="Daily hours of engagements are kept in it."
        data={zones}
        searchable
        allowDeselect={false}
        value={owner.timeZone}
        limit={60}
        onChange={(timeZone) => {
          if (timeZone !== null) change({ ...owner, timeZone });
        }}
      />
      <TextInput
        label="Your name"
        autoComplete="name"
        required
        value={owner.ownerName}
        onChange={(event) => change({ ...owner, ownerName: event.currentTarget.value })}
      />
      <TextInput
        label="Your mail address"
        description="Needed only to sign in with a password."
        type="email"
        autoComplete="email"
        value={owner.ownerMail}
        onChange={(event) => change({ ...owner, ownerMail: event.currentTarget.value })}
      />
      {setupCodeNeeded ? (
        <TextInput
          label="Set-up code"
          description="Printed where the server was started."
          required
          value={owner.setupCode}
          onChange={(event) => change({ ...owner, setupCode: event.currentTarget.value })}
        />
      ) : null}
      <Button type="submit" size="md">
        Continue
      </Button>
    </form>
  );
}
