/** Logs on stderr, one JSON object a line, without secrets. */
import { pino } from 'pino';
import type { Logger } from 'pino';

/** Names under which a secret could travel into a log line, at the top and one level down. */
const SECRETS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'tokenHash',
  'secret',
  'code',
  'setupCode',
  'key',
  'privateKey',
  'verifier',
  'title',
];

export type { Logger };

export function createLog(part: string): Logger {
  return pino(
    {
      name: part,
      level: process.env['PICTURELOCK_LOG'] ?? 'info',
      base: { part, pid: process.pid },
      timestamp: () => `,"at":${Date.now()}`,
      redact: {
        paths: SECRETS.filter((name) => name !== 'code').flatMap((name) => [name, `*.${name}`]),
        censor: '[redacted]',
      },
    },
    process.stderr,
  );
}
