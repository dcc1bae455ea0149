/** A certificate for loopback, for both sides of a comparison: `cert.pem` and `key.pem` in `folder`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function certify(folder: string): void {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      ...files,
    ],
    { stdio: 'ignore' },
  );
}
