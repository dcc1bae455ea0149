/** A hash, short, with the whole of it a click away; whole on paper. */
import { CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

export function Digest({
  value,
  what,
  chars = 12,
}: {
  readonly value: string;
  readonly what: string;
  readonly chars?: number;
}) {
  return (
    <span className="pl-digest">
      <Tooltip label={<span className="pl-mono">{value}</span>} multiline maw={480}>
        {value.length > chars ? <code data-on-paper={value}>{value.slice(0, chars)}…</code> : <code>{value}</code>}
      </Tooltip>
      <CopyIcon value={value} what={what} />
    </span>
  );
}

export function CopyIcon({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <button type="button" className="pl-icon-button" onClick={copy} aria-label={copied ? 'Copied' : `Copy ${what}`}>
          {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
        </button>
      )}
    </CopyButton>
  );
}
