/** The zone matrix as other people's firewalls read it, with what their form cannot hold. */
import { Select } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useSearchParams } from '../kit/address.ts';
import { exportFormat } from '#api/endpoints/network-views.ts';
import type { ExportFormat } from '#api/endpoints/network-views.ts';
import { useAnswer } from '../data/query.ts';
import { save } from '../data/save.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Answer } from '../kit/answer.tsx';
import { CopyIcon } from '../kit/digest.tsx';
import { useNetwork } from './network-context.ts';

const FORMATS: Readonly<Record<ExportFormat, string>> = {
  opnsense: 'OPNsense',
  unifi: 'UniFi Network',
  'cisco-ios': 'Cisco IOS',
  'arista-eos': 'Arista EOS',
  junos: 'Juniper Junos, filters',
  'junos-srx': 'Juniper SRX, zones',
  aerleon: 'Aerleon, for the rest',
  wireguard: 'WireGuard, remote sites',
};

export function Exports() {
  const { at } = useNetwork();
  const [search, setSearch] = useSearchParams();
  const format = exportFormat.options.find((one) => one === search.get('format')) ?? 'opnsense';
  const answer = useAnswer('export-network', { query: { format, at } }, { keep: true });
  const choose = (value: string | null) =>
    setSearch(
      (before) => {
        if (value !== null) before.set('format', value);
        return before;
      },
      { replace: true },
    );
  return (
    <div className="pl-card pl-pad pl-stack">
      <Select
        label="Written for"
        allowDeselect={false}
        maw={280}
        data={exportFormat.options.map((value) => ({ value, label: FORMATS[value] }))}
        value={format}
        onChange={choose}
      />
      <Answer of={answer}>
        {({ files, notes }) => (
          <>
            {notes.length === 0 ? null : (
              <ul className="nw-assumptions" aria-label="What this form cannot hold">
                {notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            )}
            {files.map((file) => (
              <ExportedFile key={file.name} name={file.name} text={file.text} />
            ))}
          </>
        )}
      </Answer>
    </div>
  );
}

function ExportedFile({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <div className="pl-spread" style={{ marginBottom: 6 }}>
        <span className="pl-row">
          <code className="pl-strong">{name}</code>
          <CopyIcon value={text} what={name} />
        </span>
        <ActButton
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => save(new Blob([text], { type: 'text/plain' }), name.replaceAll('/', '-'))}
        >
          Save
        </ActButton>
      </div>
      <pre className="nw-text" tabIndex={0} aria-label={name}>
        {text}
      </pre>
    </div>
  );
}
