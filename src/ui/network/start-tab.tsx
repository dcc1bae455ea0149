/** Ways in and out: a preset, the leases of a DHCP server, the facility file; and the matrix for other people's firewalls. */
import { useState } from 'react';
import { Section } from '../kit/page.tsx';
import { Devices } from './devices.tsx';
import { Exports } from './exports.tsx';
import { FacilityFile } from './facility-file.tsx';
import { useNetwork } from './network-context.ts';
import { Presets } from './presets.tsx';

export function StartTab() {
  const { at, hat } = useNetwork();
  const [text, setText] = useState('');
  const canChange = at === undefined && hat === 'facility';
  return (
    <>
      {canChange ? (
        <>
          <Section
            title="Begin with a preset"
            note="Written as a facility file, which you look through before anything is made"
          >
            <Presets take={setText} />
          </Section>
          <Section title="Read your machines" note="From a DHCP lease file or an ARP table; you sort them into zones">
            <Devices />
          </Section>
        </>
      ) : null}
      <Section title="Facility file" note="The whole model as text, with tests that block a bad change">
        <FacilityFile text={text} setText={setText} canChange={canChange} />
      </Section>
      <Section title="For other firewalls" note="The zone matrix; timed paths and quarantine stay on this gateway">
        <Exports />
      </Section>
    </>
  );
}
