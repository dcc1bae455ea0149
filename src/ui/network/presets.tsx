/** Three facilities to begin with. Choosing one writes its facility file below; nothing is made yet. */
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { facilitySize } from '#api/endpoints/network-import.ts';
import { useAct } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { RefusedHere } from '../kit/answer.tsx';
import { say } from '../kit/say.ts';
import { LineField } from './fields.tsx';

type Size = (typeof facilitySize.options)[number];

const SIZES: Readonly<Record<Size, readonly [string, string]>> = {
  small: [
    'Small',
    'Up to some twenty people: office, DMZ, content I/O, production with its storage and farm, core, vault.',
  ],
  mid: ['Mid-sized', 'Guests, office, DMZ, transfer, data I/O, production, render, storage, core, management, vault.'],
  large: ['Large', 'All of that, doors and cameras apart, and enclaves for titles of high security.'],
};

export function Presets({ take }: { readonly take: (text: string) => void }) {
  const [size, setSize] = useState<Size>('small');
  const [network, setNetwork] = useState('10.20.0.0/16');
  const [domain, setDomain] = useState('');
  const preset = useAct('network-preset');
  const write = () =>
    preset.mutate(
      { body: { size, network: network.trim(), ...(domain.trim() === '' ? {} : { domain: domain.trim() }) } },
      {
        onSuccess: ({ text }) => {
          take(text);
          say('The facility file below holds the preset. Check it, then import it.');
          document.querySelector('section[aria-label="Facility file"]')?.scrollIntoView();
        },
      },
    );
  return (
    <div className="pl-card pl-pad pl-stack">
      <SegmentedControl
        aria-label="Size of the facility"
        value={size}
        onChange={(value) => setSize(facilitySize.options.find((one) => one === value) ?? 'small')}
        data={facilitySize.options.map((value) => ({ value, label: SIZES[value][0] }))}
        style={{ alignSelf: 'flex-start' }}
      />
      <p className="pl-dim pl-small">{SIZES[size][1]}</p>
      <div className="pl-row" style={{ alignItems: 'flex-end', gap: 12 }}>
        <LineField
          label="Your private network"
          description="A /16; each zone gets its part."
          value={network}
          onChange={setNetwork}
        />
        <LineField
          label="Your domain"
          description="For the names seen outside."
          placeholder="post.example"
          value={domain}
          onChange={setDomain}
        />
        <ActButton
          onClick={write}
          loading={preset.isPending}
          unless={network.trim() === '' ? 'Say your network.' : undefined}
        >
          Write the file
        </ActButton>
      </div>
      {preset.error === null ? null : <RefusedHere error={preset.error} />}
    </div>
  );
}
