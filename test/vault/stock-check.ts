/** Every repository that a test makes is right by the word of another program, at the end of the test if not before. */
import { spawnSync } from 'node:child_process';

/** `restic check --read-data` of a folder that holds a repository; throws what restic said when it is not right. */
export function stockCheck(folder: string, password: Readonly<Record<string, string>>): void {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...password };
  const args = ['-r', folder, '--no-cache', '--no-lock', '--quiet', 'check', '--read-data'];
  const { status, stderr } = spawnSync('restic', args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`stock restic does not find ${folder} right: ${stderr.trim()}`);
}
