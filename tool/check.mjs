/** `npm run check`: types and lint, the same that test/static.test.ts runs. */
import { spawnSync } from 'node:child_process';
import { nodeBinary, ROOT } from './node-binary.mjs';

const STEPS = [
  ['node_modules/typescript/bin/tsc', '-p', '.', '--singleThreaded'],
  ['node_modules/oxlint/bin/oxlint', 'src', 'test', 'bench', 'tool'],
];

export function check() {
  let code = 0;
  for (const step of STEPS) code ||= spawnSync(nodeBinary(), step, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
  return code;
}
