/**
 * Runs the files that it is given, each in a process of its own and some at a time, in an order that spreads each folder's over the whole run: files of
 * one folder need the same thing, and side by side they would wait for it together while another part of the machine rests.
 */
import { run } from 'node:test';
import report from './reporter.mjs';

const { files, concurrency, timeoutMs } = JSON.parse(process.env.PICTURELOCK_TEST_RUN);
delete process.env.PICTURELOCK_TEST_RUN;

const stream = run({ files: spread(files), concurrency, timeout: timeoutMs, forceExit: true });
stream.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1;
});
stream.compose(report).pipe(process.stdout);

function spread(paths) {
  const folders = Map.groupBy(paths, (path) => path.split('/').slice(0, 2).join('/'));
  const placed = [...folders.values()].flatMap((inFolder) =>
    inFolder.map((path, i) => ({ path, at: i / inFolder.length })),
  );
  return placed.sort((a, b) => a.at - b.at).map(({ path }) => path);
}
