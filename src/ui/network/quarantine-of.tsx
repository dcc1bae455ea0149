/** On the page of a person or project: the button that quarantines it, or the way to the quarantine it is in. */
import { Button } from '@mantine/core';
import { IconBiohazard } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { QuarantineScope } from '#model/network-shapes.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { paths } from '../paths.ts';
import { QuarantineAct } from './quarantine-act.tsx';

export function QuarantineOf({ scope, name }: { readonly scope: QuarantineScope; readonly name: string }) {
  const viewer = useViewer();
  const standing = useAnswer('list-quarantines', { query: {} }, { enabled: viewer.may.includes('network.see') });
  const found = standing.data?.quarantines.find((one) => idOf(one.scope) === idOf(scope));
  if (found === undefined) return <QuarantineAct scope={scope} name={name} />;
  return (
    <Button
      component={Link}
      to={paths.network('facility', 'quarantine', { show: found.id })}
      color="red"
      variant="light"
      leftSection={<IconBiohazard size={16} aria-hidden />}
    >
      In quarantine
    </Button>
  );
}

function idOf(scope: QuarantineScope): string {
  switch (scope.kind) {
    case 'host':
      return scope.host;
    case 'person':
      return scope.person;
    case 'project':
      return scope.project;
  }
}
