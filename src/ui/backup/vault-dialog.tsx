/** A vault as a form. Locks are never shortened or weakened afterwards. */
import { NumberInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { BodyTo } from '#api/endpoints.ts';
import type { VaultView } from '#api/endpoints/backup-views.ts';
import { useAct } from '../data/query.ts';
import { FormDialog } from '../kit/form-dialog.tsx';
import { say } from '../kit/say.ts';
import { Notice } from '../kit/status.tsx';
import { NATURES, STRENGTH_SHORT } from './backup-words.ts';

type VaultBody = BodyTo<'enrol-vault'>;

const GB = 1e9;

interface Draft {
  readonly name: string;
  readonly nature: VaultView['nature'];
  readonly address: string;
  readonly identity: string;
  readonly locks: VaultView['locks'];
  readonly lockDays: number;
  readonly quotaGb: number | undefined;
  readonly cost: number | undefined;
  readonly currency: string;
}

function draftOf(known: VaultView | undefined): Draft {
  return {
    name: known?.name ?? '',
    nature: known?.nature ?? 'local',
    address: known?.address ?? '',
    identity: known?.identity ?? '',
    locks: known?.locks ?? 'root',
    lockDays: known?.lockDays ?? 30,
    quotaGb: known?.quotaBytes === undefined ? undefined : known.quotaBytes / GB,
    cost: known?.centsPerTibMonth === undefined ? undefined : known.centsPerTibMonth / 100,
    currency: known?.currency ?? 'EUR',
  };
}

function bodyOf(draft: Draft): VaultBody {
  const { name, nature, address, locks, lockDays, identity, quotaGb, cost, currency } = draft;
  return {
    name: name.trim(),
    nature,
    address: address.trim(),
    locks,
    lockDays,
    ...(identity.trim() === '' ? {} : { identity: identity.trim() }),
    ...(quotaGb === undefined ? {} : { quotaBytes: Math.round(quotaGb * GB) }),
    ...(cost === undefined ? {} : { centsPerTibMonth: Math.round(cost * 100), currency }),
  };
}

function missingOf({ name, address, identity, currency, cost }: Draft): string | undefined {
  if (name.trim() === '') return 'Give it a name.';
  if (address.trim() === '') return 'Say where it is.';
  if (identity.trim() !== '' && !/^[0-9a-f]{64}$/.test(identity.trim())) return 'The hash of its key has 64 digits.';
  return cost !== undefined && currency.length !== 3 ? 'A currency has three letters.' : undefined;
}

export function VaultDialog({ known, close }: { readonly known: VaultView | undefined; readonly close: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(known));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const [enrol, alter] = [useAct('enrol-vault'), useAct('change-vault')];
  const error = enrol.error ?? alter.error;
  const unless = missingOf(draft);
  const onSuccess = () => {
    say(known === undefined ? `${draft.name} is enrolled.` : `${draft.name} is changed.`);
    close();
  };
  const save = () => {
    const body = bodyOf(draft);
    if (known === undefined) enrol.mutate({ body }, { onSuccess });
    else alter.mutate({ params: { vault: known.id }, body }, { onSuccess });
  };
  return (
    <FormDialog
      title={known === undefined ? 'Enrol a vault' : `Change ${known.name}`}
      verb={known === undefined ? 'Enrol it' : 'Change it'}
      unless={unless}
      busy={enrol.isPending || alter.isPending}
      error={error}
      save={save}
      close={close}
    >
      <Place draft={draft} change={change} />
      <Locks draft={draft} change={change} />
      <Room draft={draft} change={change} />
    </FormDialog>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

const ADDRESSES: Readonly<Record<VaultView['nature'], string>> = {
  local: 'https://vault.example:8443/ or file:///mnt/vault/',
  site: 'https://vault.other-site.example:8443/',
  s3: 's3:https://s3.eu-central-1.example.com/bucket/prefix',
};

function Place({ draft, change }: FieldsProps) {
  return (
    <>
      <TextInput
        label="Name"
        required
        maxLength={80}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        data-autofocus
      />
      <Select
        label="What it is"
        allowDeselect={false}
        data={Object.entries(NATURES).map(([value, label]) => ({ value, label }))}
        value={draft.nature}
        onChange={(value) => change({ nature: value === 'site' || value === 's3' ? value : 'local' })}
      />
      <TextInput
        label="Address"
        description="Without any secret."
        required
        placeholder={ADDRESSES[draft.nature]}
        value={draft.address}
        onChange={(event) => change({ address: event.currentTarget.value })}
      />
      <TextInput
        label="SHA-256 of its public key"
        description="Its receipts and its certificate are checked against it."
        value={draft.identity}
        onChange={(event) => change({ identity: event.currentTarget.value })}
      />
    </>
  );
}

function Locks({ draft, change }: FieldsProps) {
  return (
    <>
      <Select
        label="Who can undo a lock before its time"
        allowDeselect={false}
        data={Object.entries(STRENGTH_SHORT).map(([value, label]) => ({ value, label }))}
        value={draft.locks}
        onChange={(value) =>
          change({ locks: value === 'nobody' || value === 'governance' || value === 'service' ? value : 'root' })
        }
      />
      <NumberInput
        label="Locks last"
        suffix=" days"
        min={1}
        max={3650}
        value={draft.lockDays}
        onChange={(value) => {
          if (typeof value === 'number') change({ lockDays: value });
        }}
      />
      {draft.locks === 'service' ? (
        <Notice tone="warn">
          Say it as it is: on this machine nothing below the service keeps a file from being removed. Have another vault
          with stronger locks beside it.
        </Notice>
      ) : null}
    </>
  );
}

function Room({ draft, change }: FieldsProps) {
  return (
    <div className="bk-form-pair">
      <NumberInput
        label="Quota"
        description="Left out: none."
        suffix=" GB"
        min={1}
        value={draft.quotaGb ?? ''}
        onChange={(value) => change({ quotaGb: typeof value === 'number' ? value : undefined })}
      />
      <div className="bk-form-pair">
        <NumberInput
          label="Cost of a TiB"
          description="For a month."
          min={0}
          decimalScale={2}
          value={draft.cost ?? ''}
          onChange={(value) => change({ cost: typeof value === 'number' ? value : undefined })}
        />
        <TextInput
          label="Currency"
          description="Three letters."
          maxLength={3}
          value={draft.currency}
          onChange={(event) => change({ currency: event.currentTarget.value.toUpperCase() })}
        />
      </div>
    </div>
  );
}
