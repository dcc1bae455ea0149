/**
 * What a store of objects really does with locks, tried on one throwaway key: stores differ, and some take a lock and remove the object all the same.
 * Nothing of the bucket itself is changed; what is left behind may be removed when its lock has run out, half an hour later.
 */
import { CHECKS } from '#vault/offsite/probe-checks.ts';
import type { S3Client } from '#vault/store/s3-client.ts';
import { putLocked } from '#vault/store/s3-retention.ts';

const MINUTE_MS = 60_000;
const FIRST_LOCK_MS = 10 * MINUTE_MS;
const LONGER_LOCK_MS = 30 * MINUTE_MS;
const SAW_CHARS_MAX = 200;

/** What every check works on. */
export interface Probed {
  readonly client: S3Client;
  readonly key: string;
  readonly body: Buffer;
  readonly versionId: string;
  /** Locked until here at first, then until there. */
  readonly until: number;
  readonly longerUntil: number;
}

export interface ProbeCheck {
  readonly code: string;
  /** Without a needed one the bucket is no vault; a wanted one costs something when it is missing. */
  readonly level: 'needed' | 'wanted';
  /** What should be so. */
  readonly says: string;
  /** What it means when it is not. */
  readonly otherwise: string;
  tried(probed: Probed): Promise<Tried>;
}

export interface Tried {
  readonly holds: boolean;
  /** What the store answered. */
  readonly saw: string;
}

export interface ProbeRow extends Omit<ProbeCheck, 'tried'> {
  readonly outcome: 'pass' | 'fail' | 'unknown';
  readonly saw: string;
}

export interface ProbeReport {
  readonly at: number;
  readonly key: string;
  readonly rows: readonly ProbeRow[];
  /** Every needed check passed: unknown counts as no. */
  readonly holds: boolean;
}

/** `key`: one that nothing else uses. */
export async function probeBucket(client: S3Client, key: string, at: number): Promise<ProbeReport> {
  const body = Buffer.from(`a throwaway object of a probe of ${key}\n`);
  const [until, longerUntil] = [at + FIRST_LOCK_MS, at + LONGER_LOCK_MS];
  const rows: ProbeRow[] = [];
  let probed: Probed | undefined;
  rows.push(
    await row(STORED, async () => {
      const done = await putLocked(client, { key, body, until, isFirst: true });
      if (done === 'present') return { holds: false, saw: 'the key is taken' };
      probed = { client, key, body, versionId: done.versionId, until, longerUntil };
      return { holds: true, saw: `version ${done.versionId}, locked until ${new Date(done.until).toISOString()}` };
    }),
  );
  for (const check of CHECKS) {
    const ready = probed;
    rows.push(await row(check, async () => (ready === undefined ? undefined : check.tried(ready))));
  }
  const holds = rows.every(({ level, outcome }) => level === 'wanted' || outcome === 'pass');
  return { at, key, rows, holds };
}

const STORED: Omit<ProbeCheck, 'tried'> = {
  code: 'stored-locked',
  level: 'needed',
  says: 'an object is stored as a version of its own, and the store says that it is locked in compliance mode',
  otherwise: 'the bucket was made without Object Lock, or the key pair may not set or read locks',
};

async function row(check: Omit<ProbeCheck, 'tried'>, tried: () => Promise<Tried | undefined>): Promise<ProbeRow> {
  const { code, level, says, otherwise } = check;
  try {
    const found = await tried();
    if (found === undefined) return { code, level, says, otherwise, outcome: 'unknown', saw: 'not tried' };
    const saw = found.saw.slice(0, SAW_CHARS_MAX);
    return { code, level, says, otherwise, outcome: found.holds ? 'pass' : 'fail', saw };
  } catch (cause) {
    const saw = (cause instanceof Error ? cause.message : String(cause)).slice(0, SAW_CHARS_MAX);
    return { code, level, says, otherwise, outcome: check === STORED ? 'fail' : 'unknown', saw };
  }
}
