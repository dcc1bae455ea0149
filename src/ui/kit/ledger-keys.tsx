/** The keys that the ledger is signed with, to be compared over another way than the evidence: read out, printed, or kept from last year. */
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useAnswer } from '../data/query.ts';
import { save } from '../data/save.ts';
import { Answer } from './answer.tsx';
import { CopyIcon } from './digest.tsx';

const FILE = 'picturelock-ledger-keys.txt';
const GROUP = /.{1,8}/g;

export function LedgerKeys() {
  const answer = useAnswer('ledger-keys', {});
  return (
    <section className="pl-card pl-pad pl-stack" aria-label="Keys of the ledger">
      <h2 style={{ fontSize: 15 }}>Keys of the ledger</h2>
      <p className="pl-dim">
        Give them to clients and assessors once, by a way of its own: on paper, or read over the telephone. Whoever has
        them can check every later bundle without believing this server.
      </p>
      <Answer of={answer} rows={3}>
        {({ keys, policy }) => (
          <>
            {keys.map(({ algorithm, sha256 }) => (
              <div key={sha256}>
                <span className="pl-strong">{algorithm}</span> <span className="pl-dim">SHA-256 of the public key</span>{' '}
                <CopyIcon value={sha256} what={`the fingerprint of ${algorithm}`} />
                <code className="pl-fingerprint">{sha256.match(GROUP)?.join(' ')}</code>
              </div>
            ))}
            <Button
              variant="default"
              style={{ alignSelf: 'flex-start' }}
              leftSection={<IconDownload size={16} aria-hidden />}
              onClick={() => save(new Blob([policy], { type: 'text/plain' }), FILE)}
            >
              Save them as a file
            </Button>
            <p className="pl-dim pl-small">
              With it: <code>node bundle/verify.mjs bundle --policy {FILE}</code>
            </p>
          </>
        )}
      </Answer>
    </section>
  );
}
