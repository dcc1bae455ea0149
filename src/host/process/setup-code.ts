/**
 * Who reaches the first-run page of a facility becomes its owner. On loopback that is who sits at the machine; on any other address, and
 * behind a proxy, where everybody seems to come from this machine, the page asks for this code. It lies in `run/setup-code` beneath the
 * data directory, readable by its owner only.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { isOpenToOthers } from './settings.ts';
import type { Settings } from './settings.ts';
import { isFirstRun } from '#api/identity/first-run.ts';
import type { State } from '#model/state.ts';

const CODE_BYTES = 16;

/** As long as the owner has not enrolled, though a facility may stand: a set-up that was broken off must not fall to a stranger. */
export function needsSetupCode(state: State, settings: Pick<Settings, 'listen' | 'origin'>): boolean {
  return isFirstRun(state) && isOpenToOthers(settings);
}

export function setupCodePath(data: string): string {
  return join(data, 'run', 'setup-code');
}

/** The code of an earlier start stays good until the facility exists. */
export function takeSetupCode(data: string): string {
  const path = setupCodePath(data);
  mkdirSync(join(data, 'run'), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${randomBytes(CODE_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
