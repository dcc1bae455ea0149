/**
 * The verifier as it travels in a bundle: `verify.mjs` as it stands in the source tree, and the report's own source with its types
 * stripped, so that an assessor's Node renders the same report again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '#host/process/built-code.mjs';
import { utf8 } from '#std/bytes.ts';

const VERIFIER = join(ROOT, 'src', 'ledger', 'verifier', 'verify.mjs');
const REPORT = join(ROOT, 'src', 'evidence', 'report');

export function verifierFiles(): ReadonlyMap<string, Uint8Array> {
  const sources = readdirSync(REPORT)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort();
  return new Map([
    ['verify.mjs', Uint8Array.from(readFileSync(VERIFIER))],
    ...sources.map(
      (name) =>
        [`report/${name.replace(/\.ts$/, '.mjs')}`, utf8(plain(readFileSync(join(REPORT, name), 'utf8')))] as const,
    ),
  ]);
}

/** Types become spaces; what is left of them at line ends goes too. */
function plain(source: string): string {
  const script = withoutWarning(() => stripTypeScriptTypes(source, { mode: 'strip' }));
  return script
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replaceAll(/(from '\.\/[a-z-]+)\.ts'/g, "$1.mjs'");
}

/** Node still calls this function experimental, once per process; the version of Node is pinned, so nobody needs to read that. */
function withoutWarning<T>(run: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
  }
}
