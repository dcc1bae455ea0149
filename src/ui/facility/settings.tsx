/** Settings of the facility: all of it data, each change an entry. */
import { Link, Navigate, useParams } from 'react-router';
import { useAnswer } from '../data/query.ts';
import { Answer } from '../kit/answer.tsx';
import { Page, Tabs } from '../kit/page.tsx';
import { paths } from '../paths.ts';
import { AlertsTab } from './alerts-tab.tsx';
import { Exceptions } from './exceptions.tsx';
import { FacilitySettings, FileTypes } from './facility-settings.tsx';
import { RolesMatrix } from './roles-matrix.tsx';

export function SettingsPage() {
  const { tab = 'facility' } = useParams();
  // Zones and hosts have pages of their own.
  if (tab === 'network') return <Navigate to={paths.network('facility', 'rules')} replace />;
  return (
    <Page
      title="Settings"
      lead={
        <>
          Every change here is an entry of the <Link to={paths.ledger('facility', { kind: 'facility.' })}>ledger</Link>.
        </>
      }
    >
      <Tabs
        label="Settings"
        tabs={[
          ['Facility', paths.settings()],
          ['Roles', paths.settings('roles')],
          ['File types', paths.settings('file-types')],
          ['Exceptions', paths.settings('exceptions')],
          ['Alerts', paths.settings('alerts')],
        ]}
      />
      {tab === 'roles' ? <RolesMatrix /> : tab === 'alerts' ? <AlertsTab /> : <FacilityTab tab={tab} />}
    </Page>
  );
}

function FacilityTab({ tab }: { readonly tab: string }) {
  const facility = useAnswer('facility', { query: {} });
  return (
    <Answer of={facility}>
      {(found) => {
        if (tab === 'file-types') return <FileTypes facility={found.facility} />;
        if (tab === 'exceptions') return <Exceptions exceptions={found.exceptions} />;
        return <FacilitySettings key={JSON.stringify(found.facility)} facility={found.facility} />;
      }}
    </Answer>
  );
}
