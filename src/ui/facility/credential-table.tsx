/** Credentials, wherever they are listed. */
import type { CredentialView } from '#api/endpoints/views.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';

interface CredentialTableProps {
  readonly credentials: readonly CredentialView[];
  readonly revoke: (credential: CredentialView) => void;
  readonly unless?: string | undefined;
}

export const CREDENTIALS: Readonly<Record<CredentialView['type'], string>> = {
  passkey: 'Passkey',
  password: 'Password',
  totp: 'Code app',
  'ssh-key': 'SSH key',
  'service-token': 'Service token',
};

export function CredentialTable({ credentials, revoke, unless }: CredentialTableProps) {
  return (
    <Table
      label="Credentials"
      rows={credentials}
      keyOf={(one) => one.id}
      columns={[
        {
          head: 'What',
          cell: (one) => (
            <>
              <span className="pl-strong">{CREDENTIALS[one.type]}</span>
              <div className="pl-dim pl-small">{one.label}</div>
            </>
          ),
        },
        {
          head: 'State',
          cell: (one) =>
            one.revokedAt !== undefined ? (
              <Status tone="quiet">Revoked</Status>
            ) : one.expiresAt < Date.now() ? (
              <Status tone="quiet">Expired</Status>
            ) : (
              <Status tone="ok">Valid</Status>
            ),
        },
        {
          head: 'Fingerprint',
          cell: (one) =>
            one.fingerprint === undefined ? (
              <span className="pl-dim">–</span>
            ) : (
              <Digest value={one.fingerprint} what="the fingerprint" chars={16} />
            ),
        },
        { head: 'Added', cell: (one) => <Moment at={one.addedAt} /> },
        {
          head: 'Last used',
          cell: (one) =>
            one.lastUsedAt === undefined ? <span className="pl-dim">never</span> : <Moment at={one.lastUsedAt} />,
        },
        { head: 'Expires', cell: (one) => <Moment at={one.expiresAt} /> },
        {
          head: 'Actions',
          end: true,
          cell: (one) => (
            <ActButton
              size="compact-sm"
              variant="default"
              onClick={() => revoke(one)}
              unless={one.revokedAt === undefined ? unless : 'Already revoked.'}
            >
              Revoke…
            </ActButton>
          ),
        },
      ]}
    />
  );
}
