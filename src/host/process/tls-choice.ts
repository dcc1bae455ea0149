/** The certificate of the portal: from given files, or from our own local authority. */
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Settings } from './settings.ts';
import type { TlsFiles } from '#gates/portal/server.ts';
import { openLocalTls } from '#host/tls/local-authority.ts';
import { Fault } from '#std/refused.ts';

const OTHERS = 0o077;

export async function loadTls({ tls, data, listen, origin }: Settings): Promise<TlsFiles | undefined> {
  switch (tls.kind) {
    case 'none':
      return undefined;
    case 'files':
      if ((statSync(tls.key).mode & OTHERS) !== 0)
        throw new Fault('key-exposed', `${tls.key} can be read by others: run chmod 600 ${tls.key}`);
      return { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
    case 'local':
      return openLocalTls(join(data, 'keys', 'tls'), namesOf(listen.host, origin), Date.now());
  }
}

/** Every name and address by which the portal may be called. */
function namesOf(host: string, origin: string | undefined): readonly string[] {
  const isEvery = host === '0.0.0.0' || host === '::';
  const named = origin === undefined ? [] : [new URL(origin).hostname];
  return [...new Set([...named, isEvery ? hostname() : host, 'localhost', '127.0.0.1'])];
}
