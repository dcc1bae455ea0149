/**
 * Where a repository lies in a vault. The vault's address says how: `file:///mnt/vault/` is a folder with a repository for each project beneath;
 * `https://vault.example:8443/` speaks restic's REST protocol, and the credential's user names the path.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentialFile, tlsFile } from './repository-keys.ts';
import type { RepositoryName } from './repository-keys.ts';
import type { Vault } from '#model/state.ts';
import { Fault } from '#std/refused.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

export function placeIn(
  data: string,
  { id, address }: Pick<Vault, 'id' | 'address'>,
  name: RepositoryName,
): StorePlace {
  if (address.startsWith('file:')) return { kind: 'folder', folder: join(fileURLToPath(address), name), sync: true };
  if (!/^https?:/.test(address))
    throw new Fault('vault-address', `backups are not written to ${address} from here: its own side pulls them`);
  const credential = credentialFile(data, id, name);
  const user = credential === undefined ? name : readFileSync(credential, 'utf8').split(':')[0];
  const [ca, cert, key] = [tlsFile(data, id, 'ca'), tlsFile(data, id, 'cert'), tlsFile(data, id, 'key')];
  return {
    kind: 'rest',
    url: new URL(`${user}/`, address.endsWith('/') ? address : `${address}/`).href,
    ...(credential === undefined ? {} : { credentialFile: credential }),
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
}

/** Whether we write there ourselves. A second site over the network pulls by itself, with credentials that nobody here has. */
export function isWritten({ nature, address }: Pick<Vault, 'nature' | 'address'>): boolean {
  return address.startsWith('file:') || (nature === 'local' && /^https?:/.test(address));
}

/** As stock restic names it; without any secret. */
export function resticAddress(place: StorePlace): string {
  return place.kind === 'folder' ? place.folder : place.kind === 'rest' ? `rest:${place.url}` : String(place);
}
