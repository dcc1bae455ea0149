/**
 * Where a repository lies in a vault. The vault's address says how: `file:///mnt/vault/` is a folder with a repository for each project beneath;
 * `https://vault.example:8443/` speaks restic's REST protocol, and the credential's user names the path; `s3:https://HOST/BUCKET/PREFIX` is a bucket
 * with locks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentialFile, tlsFile } from './repository-keys.ts';
import type { RepositoryName } from './repository-keys.ts';
import type { Vault } from '#model/backup-state.ts';
import { Fault } from '#std/refused.ts';
import type { VaultId } from '#std/ids.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { parseS3Address } from '#vault/store/s3-place.ts';

export function placeIn(
  data: string,
  { id, address, lockDays }: Pick<Vault, 'id' | 'address' | 'lockDays'>,
  name: RepositoryName,
): StorePlace {
  if (address.startsWith('file:')) return { kind: 'folder', folder: join(fileURLToPath(address), name), sync: true };
  if (address.startsWith('s3:')) return bucketPlace(data, { id, address, lockDays }, name);
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

function bucketPlace(
  data: string,
  { id, address, lockDays }: Pick<Vault, 'id' | 'address' | 'lockDays'>,
  name: RepositoryName,
): StorePlace {
  const { endpoint, bucket, prefix } = parseS3Address(address);
  const credential = credentialFile(data, id, name);
  if (credential === undefined)
    throw new Fault('no-credential', `write ACCESS-KEY:SECRET-KEY into keys/backup/${id}.credential (mode 0600)`);
  const ca = tlsFile(data, id, 'ca');
  return {
    kind: 's3',
    endpoint,
    bucket,
    prefix: prefix === '' ? name : `${prefix}/${name}`,
    credentialFile: credential,
    ...(ca === undefined ? {} : { caFile: ca }),
    locksFolder: locksFolder(data, id, name),
    lockDays,
  };
}

/** For what has no place in a locked bucket. */
export function locksFolder(data: string, vault: VaultId, name: RepositoryName): string {
  return join(data, 'run', 'buckets', vault, name);
}

/** As stock restic names it; without any secret. */
export function resticAddress(place: StorePlace): string {
  switch (place.kind) {
    case 'folder':
      return place.folder;
    case 'rest':
      return `rest:${place.url}`;
    case 's3':
      return `s3:${place.endpoint}/${place.bucket}/${place.prefix}`;
  }
}
