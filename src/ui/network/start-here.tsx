/** A facility without a network model: the ways to begin. */
import { Link } from 'react-router';
import { Empty } from '../kit/answer.tsx';
import { paths } from '../paths.ts';
import { useNetwork } from './network-context.ts';

export function StartHere() {
  const { hat, at } = useNetwork();
  if (at !== undefined) return <Empty title="There was no network model yet" />;
  return (
    <Empty
      title="The network is not described yet"
      actions={<Link to={paths.network(hat, 'start')}>Begin with a preset, a file, or your DHCP server</Link>}
    >
      A zone is a part of your network with one level of trust; a flow says who may start a connection to whom. Until
      both are here, nothing can be proved.
    </Empty>
  );
}
