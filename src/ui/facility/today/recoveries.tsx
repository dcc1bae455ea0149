/** Accounts to give back: two administrators approve, and the second hands a link over. */
import { Button } from '@mantine/core';
import type { RecoveryView } from '#api/endpoints/views.ts';
import { useAct } from '../../data/query.ts';
import { useConfirm } from '../../kit/confirm.tsx';
import { LinkLine } from '../../kit/link-line.tsx';
import { Moment } from '../../kit/moment.tsx';
import { Section } from '../../kit/page.tsx';
import { PersonName } from '../../kit/person-name.tsx';
import { sayRefused } from '../../kit/say.ts';
import { Table } from '../../kit/table.tsx';

export function Recoveries({ recoveries }: { readonly recoveries: readonly RecoveryView[] }) {
  const approve = useAct('approve-recovery');
  const confirm = useConfirm();
  if (recoveries.length === 0) return null;
  return (
    <Section title="Recoveries to approve" note="Two administrators, neither the person herself.">
      <Table
        label="Recoveries"
        rows={recoveries}
        keyOf={(recovery) => recovery.id}
        columns={[
          { head: 'Who', cell: (recovery) => <PersonName person={recovery.person} link /> },
          { head: 'Asked', cell: (recovery) => <Moment at={recovery.askedAt} /> },
          { head: 'Why', cell: (recovery) => recovery.reason },
          { head: 'Approved', cell: (recovery) => `${recovery.approvals.length} of ${recovery.needed}` },
          {
            head: 'Decision',
            end: true,
            cell: (recovery) => (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() =>
                  approve.mutate(
                    { params: { recovery: recovery.id } },
                    {
                      onError: sayRefused,
                      onSuccess: ({ link }) => {
                        if (link !== undefined)
                          confirm({
                            title: 'Hand this link over',
                            body: <LinkLine link={link} />,
                            verb: 'Done',
                            act: () => Promise.resolve(),
                          });
                      },
                    },
                  )
                }
              >
                Approve
              </Button>
            ),
          },
        ]}
      />
    </Section>
  );
}
