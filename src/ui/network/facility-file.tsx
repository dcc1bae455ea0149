/** The facility file: looked at, saved, checked in a dry run, imported. What is imported is exactly the text that was checked. */
import { Button, FileButton, Textarea } from '@mantine/core';
import { IconDownload, IconFolderOpen } from '@tabler/icons-react';
import { useState } from 'react';
import type { ImportView } from '#api/endpoints/network-import.ts';
import { call } from '../data/client.ts';
import { useAct } from '../data/query.ts';
import { save } from '../data/save.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { RefusedHere } from '../kit/answer.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { countText } from '../kit/words.ts';
import { ImportResult } from './import-result.tsx';
import { useNetwork } from './network-context.ts';

const ROWS = 14;

interface FacilityFileProps {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly canChange: boolean;
}

interface Checked {
  readonly text: string;
  readonly view: ImportView;
}

export function FacilityFile({ text, setText, canChange }: FacilityFileProps) {
  const viewer = useViewer();
  const [checked, setChecked] = useState<Checked>();
  const check = useAct('import-facility-file');
  const isChecked = checked?.text === text;
  const lacks = lacking(viewer.may, 'zone.edit');
  const run = (dryRun: boolean) =>
    check.mutate(
      { body: { text, dryRun } },
      {
        onSuccess: (view) => {
          setChecked(view.entries === undefined ? { text, view } : undefined);
          if (view.entries !== undefined) say(`Imported: ${countText(view.entries.length, 'entry', 'entries')}.`);
        },
      },
    );
  return (
    <div className="pl-card pl-pad pl-stack nw-file">
      <div className="pl-row">
        <Present setText={setText} />
        {canChange ? <OpenFile setText={setText} /> : null}
      </div>
      <Textarea
        aria-label="Facility file"
        placeholder={'facility: 1\nzones:\n  production: {trust: 70, networks: [10.20.16.0/21]}'}
        rows={ROWS}
        readOnly={!canChange}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {check.error === null ? null : <RefusedHere error={check.error} />}
      {isChecked ? <ImportResult view={checked.view} /> : null}
      {canChange ? (
        <div className="pl-actions" style={{ justifyContent: 'flex-end' }}>
          <ActButton
            variant="default"
            loading={check.isPending}
            unless={lacks ?? (text.trim() === '' ? 'Open, paste or write a file first.' : undefined)}
            onClick={() => run(true)}
          >
            Check it
          </ActButton>
          <ActButton unless={lacks ?? notReady(isChecked ? checked.view : undefined)} onClick={() => run(false)}>
            Import
          </ActButton>
        </div>
      ) : null}
    </div>
  );
}

function notReady(view: ImportView | undefined): string | undefined {
  if (view === undefined) return 'Check it first: you see what it would change before it is made.';
  if (view.troubles.length > 0) return 'Put right what the check found.';
  if (view.refused !== undefined) return view.refused.message;
  return view.changeCount === 0 ? 'The facility is as the file says already.' : undefined;
}

/** The model as it is shown, to change or to keep. */
function Present({ setText }: { readonly setText: (text: string) => void }) {
  const { at } = useNetwork();
  const ask = (then: (text: string) => void) =>
    void call('facility-file', { query: { at } })
      .then(({ text }) => then(text))
      .catch(sayRefused);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => ask(setText)}>
        Show the present one
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        onClick={() => ask((text) => save(new Blob([text], { type: 'application/yaml' }), 'facility.yaml'))}
      >
        Save facility.yaml
      </Button>
    </>
  );
}

function OpenFile({ setText }: { readonly setText: (text: string) => void }) {
  return (
    <FileButton
      accept=".yaml,.yml,text/yaml,application/yaml,text/plain"
      onChange={(file) => void file?.text().then(setText).catch(sayRefused)}
    >
      {(props) => (
        <Button {...props} size="compact-sm" variant="default" leftSection={<IconFolderOpen size={14} aria-hidden />}>
          Open a file…
        </Button>
      )}
    </FileButton>
  );
}
