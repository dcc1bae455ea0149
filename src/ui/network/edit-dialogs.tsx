/** The dialog that the address asks for. */
import { EditExposure } from './edit-exposure.tsx';
import { EditFlow } from './edit-flow.tsx';
import { EditHost } from './edit-host.tsx';
import { EditService } from './edit-service.tsx';
import { EditZone } from './edit-zone.tsx';
import { useDialog } from './dialog-address.ts';
import { useNetwork } from './network-context.ts';

export function EditDialogs() {
  const { dialog, close } = useDialog();
  const { net, at } = useNetwork();
  if (dialog === undefined || at !== undefined) return null;
  const { noun, id, start } = dialog;
  const key = `${noun} ${id ?? ''}`;
  const props = { start, close };
  switch (noun) {
    case 'zone':
      return <EditZone key={key} {...props} known={net.zones.find((one) => one.id === id)} />;
    case 'host':
      return <EditHost key={key} {...props} known={net.hosts.find((one) => one.id === id)} />;
    case 'service':
      return <EditService key={key} {...props} known={net.services.find((one) => one.id === id)} />;
    case 'flow':
      return <EditFlow key={key} {...props} known={net.flows.find((one) => one.id === id)} />;
    case 'exposure':
      return <EditExposure key={key} {...props} known={net.exposures.find((one) => one.id === id)} />;
  }
}
