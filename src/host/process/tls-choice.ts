/** The certificate of the portal: from given files, or from our own local authority. */
import { readFileSync, statSync } from 'node:fs';
import type { Settings } from './settings.ts';
import type { TlsFiles } from '#gates/portal/server.ts';
import { Fault } from '#std/refused.ts';

const OTHERS = 0o077;

export async function loadTls({ tls }: Settings): Promise<TlsFiles | undefined> {
  switch (tls.kind) {
    case 'none':
      return undefined;
    case 'files':
      if ((statSync(tls.key).mode & OTHERS) !== 0) throw new Fault('key-exposed', `${tls.key} can be read by others: run chmod 600 ${tls.key}`);
      return { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
    case 'local':
      throw new Fault('no-local-authority', 'This build has no local authority: give --tls-cert and --tls-key.');
  }
}
