/** The tabs of the settings page other than roles. */
import { Checkbox, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { FacilityView } from '#api/endpoints/views.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { RefusedHere } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { LedgerKeys } from '../kit/ledger-keys.tsx';
import { Facts } from '../kit/page.tsx';
import { say } from '../kit/say.ts';

export function FacilitySettings({ facility }: { readonly facility: FacilityView }) {
  const viewer = useViewer();
  const change = useAct('change-settings');
  const [name, setName] = useState(facility.name);
  const [timeZone, setTimeZone] = useState(facility.timeZone);
  const [dormantAfterDays, setDormant] = useState(facility.dormantAfterDays);
  const [binDays, setBin] = useState(facility.binDays);
  const [maxEngagementDays, setMax] = useState(facility.maxEngagementDays);
  const [screeningAsked, setScreening] = useState(facility.screeningAsked === true);
  const days = (set: (value: number) => void) => (value: string | number) => {
    if (typeof value === 'number') set(value);
  };
  return (
    <div className="pl-two">
      <form className="pl-card pl-pad pl-stack" onSubmit={(event) => event.preventDefault()}>
        <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select
          label="Time zone"
          description="Daily hours of engagements are kept in it."
          data={[...new Set([timeZone, ...Intl.supportedValuesOf('timeZone')])]}
          searchable
          allowDeselect={false}
          limit={60}
          value={timeZone}
          onChange={(value) => setTimeZone(value ?? timeZone)}
        />
        <NumberInput
          label="Dormant after"
          suffix=" days"
          min={1}
          max={365}
          description="Accounts unused for so long are suspended; a warning comes a week before."
          value={dormantAfterDays}
          onChange={days(setDormant)}
        />
        <NumberInput
          label="The bin keeps files for"
          suffix=" days"
          min={1}
          max={365}
          value={binDays}
          onChange={days(setBin)}
        />
        <NumberInput
          label="Longest engagement"
          suffix=" days"
          min={1}
          max={3650}
          value={maxEngagementDays}
          onChange={days(setMax)}
        />
        <Checkbox
          label="High-security projects ask for a background screening too"
          description="Whoever has none on record is let into none of them from then on. NDA and training are always asked for."
          checked={screeningAsked}
          onChange={(event) => setScreening(event.currentTarget.checked)}
        />
        {change.error === null ? null : <RefusedHere error={change.error} />}
        <ActButton
          loading={change.isPending}
          unless={lacking(viewer.may, 'facility.configure')}
          style={{ alignSelf: 'flex-start' }}
          onClick={
            () =>
              // The stream may draw this form anew before the answer is here, and what waits on the form itself would be lost.
              change
                .mutateAsync({
                  body: { name, timeZone, dormantAfterDays, binDays, maxEngagementDays, screeningAsked },
                })
                .then(() => say('Settings changed.'))
                .catch(() => undefined) // shown above
          }
        >
          Save
        </ActButton>
      </form>
      <div className="pl-stack">
        <div className="pl-card pl-pad">
          <Facts
            facts={[
              ['Ledger origin', <code>{facility.origin}</code>],
              ['Founded', <Moment at={facility.createdAt} as="full" />],
            ]}
          />
        </div>
        {lacking(viewer.may, 'ledger.see') === undefined ? <LedgerKeys /> : null}
      </div>
    </div>
  );
}

export function FileTypes({ facility }: { readonly facility: FacilityView }) {
  const viewer = useViewer();
  const change = useAct('change-settings');
  const [types, setTypes] = useState<readonly string[]>(facility.extraFileTypes);
  return (
    <div className="pl-card pl-pad pl-stack" style={{ maxWidth: 640 }}>
      <p className="pl-dim">
        Uploads are checked by ending and by content. The formats of post production are built in (MOV, MXF, R3D, EXR,
        DPX, WAV, AAF, EDL and so on); anything else is set aside and reported. Endings added here are let in without a
        content check.
      </p>
      <TagsInput
        label="Extra endings"
        placeholder="Without the dot"
        value={[...types]}
        onChange={(values) =>
          setTypes(
            values
              .map((value) => value.toLowerCase().replace(/^\./, ''))
              .filter((value) => /^[a-z0-9]{1,12}$/.test(value)),
          )
        }
      />
      {change.error === null ? null : <RefusedHere error={change.error} />}
      <ActButton
        loading={change.isPending}
        unless={lacking(viewer.may, 'facility.configure')}
        style={{ alignSelf: 'flex-start' }}
        onClick={() =>
          change.mutate({ body: { extraFileTypes: [...types] } }, { onSuccess: () => say('File types changed.') })
        }
      >
        Save
      </ActButton>
    </div>
  );
}
