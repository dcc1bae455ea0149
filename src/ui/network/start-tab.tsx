/** Ways in and out: a facility file, a preset, the leases of a DHCP server; and the matrix for other people's firewalls. */
import { Section } from '../kit/page.tsx';
import { Exports } from './exports.tsx';

export function StartTab() {
  return (
    <Section title="For other firewalls" note="The zone matrix; timed paths and quarantine stay on this gateway">
      <Exports />
    </Section>
  );
}
