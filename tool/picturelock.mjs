#!/usr/bin/env node
/** Launches the command line under the pinned Node, from wherever it is called. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeBinary, ROOT } from './node-binary.mjs';

const done = spawnSync(nodeBinary(), [join(ROOT, 'src/cli/start.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = done.status ?? 1;
