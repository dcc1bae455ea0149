/** Builds the backup engine's kernels: `node tool/kernel.mjs [OUT]`. The WASM is kept beside its source; a test builds it again and compares. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './node-binary.mjs';

const SOURCE = join(ROOT, 'src', 'vault', 'format', 'kernel', 'kernel.as.ts');
const out = process.argv[2] ?? join(ROOT, 'src', 'vault', 'format', 'kernel', 'kernel.wasm');
const options = ['-O3', '--runtime', 'stub', '--noAssert', '--initialMemory', '1', '--maximumMemory', '16384'];
/** Node 26 has both on every machine it runs on. */
const features = ['--enable', 'simd', '--enable', 'relaxed-simd'];
const asc = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
const { status } = spawnSync(process.execPath, [asc, SOURCE, '-o', out, ...options, ...features, '--importMemory'], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
