/**
 * The last rules that were proven and kept, on disk, for the next boot and for a roll-back after the warden itself died. Paths are not kept: no
 * session outlives a reboot. Times are saved as what was left, and the time that has passed since is taken off; a clock that stands before the
 * saving adds nothing.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import { CLOSED_RULES } from '#plan/network/nft/rules.ts';

const schema = z.strictObject({ v: z.literal(1), savedAt: z.int(), rules: z.string() });
const RULES_FILE = 'rules.json';
const PENDING_FILE = 'unconfirmed';
const PATH_GRANT = /^pth_/;

export interface SavedRules {
  /** `now`: the clock on which the rules' ends are. */
  save(rules: Rules, now: number): void;
  /** `undefined` when none were ever saved; what cannot be read is deny-all. */
  read(now: number): Rules | undefined;
  /** While set, the rules that are loaded wait for their confirmation. */
  setPending(isPending: boolean): void;
  isPending(): boolean;
  forget(): void;
}

export function openSavedRules(folder: string): SavedRules {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    save(rules, now) {
      const text = renderRules(withoutPaths(rules), now);
      write(folder, RULES_FILE, JSON.stringify({ v: 1, savedAt: Date.now(), rules: text }));
    },
    read(now) {
      const text = readText(folder, RULES_FILE);
      return text === undefined ? undefined : (understand(text, now) ?? CLOSED_RULES);
    },
    setPending(isPending) {
      if (isPending) write(folder, PENDING_FILE, 'rolled back when the warden starts and finds this\n');
      else rmSync(join(folder, PENDING_FILE), { force: true });
    },
    isPending: () => readText(folder, PENDING_FILE) !== undefined,
    forget() {
      for (const name of [RULES_FILE, PENDING_FILE]) rmSync(join(folder, name), { force: true });
    },
  };
}

export function withoutPaths(rules: Rules): Rules {
  const grants = rules.grants.filter(({ id }) => !PATH_GRANT.test(id));
  return { ...rules, grants, pointers4: [], pointers6: [] };
}

/** What these rules say of flows, with the paths and the quarantine of others. */
export function withElementsOf(rules: Rules, elements: Rules): Rules {
  const paths = elements.grants.filter(({ id }) => PATH_GRANT.test(id));
  const { pointers4, pointers6, quarantined4, quarantined6 } = elements;
  const grants = [...withoutPaths(rules).grants, ...paths];
  return { ...rules, grants, pointers4, pointers6, quarantined4, quarantined6 };
}

function understand(text: string, now: number): Rules | undefined {
  try {
    const { savedAt, rules } = schema.parse(JSON.parse(text));
    const parsed = parseRules(rules, now - Math.max(0, Date.now() - savedAt));
    return parsed.kind === 'rules' ? parsed.rules : undefined;
  } catch {
    return undefined; // half-written, or of another version: the caller refuses everything
  }
}

function readText(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Whole or not at all, also when the power goes. */
function write(folder: string, name: string, text: string): void {
  const path = join(folder, name);
  const file = openSync(`${path}.new`, 'w', 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
