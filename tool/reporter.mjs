/**
 * A line per slow test or failure or skip, and the counts of each file into $PICTURELOCK_TEST_RESULTS: `{ files, tests }`. `tests` of a file is how
 * many it says at its end that it has run; a file that ends without saying so, or says more than arrived, has lost some of its results.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inspect } from 'node:util';

const SLOW_MS = 3000;

export default async function* report(source) {
  const byFile = {};
  let tests;
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') {
      if (process.env.PICTURELOCK_TEST_OUTPUT === '1') yield data.message;
      continue;
    }
    if (type === 'test:summary') {
      if (data.file === undefined) tests = data.counts.tests;
      else countsOf(byFile, data).tests = data.counts.tests;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const line = readEvent(type, data, countsOf(byFile, data));
    if (line !== undefined) yield `${line}\n`;
  }
  const path = process.env.PICTURELOCK_TEST_RESULTS;
  if (path !== undefined) writeFileSync(path, JSON.stringify({ files: byFile, tests }));
}

function countsOf(byFile, { file }) {
  const where = file === undefined ? '' : relative(process.cwd(), file);
  return (byFile[where] ??= { passed: 0, failed: 0, skipped: 0, parents: 0 });
}

function readEvent(type, data, counts) {
  const where = data.file === undefined ? '' : relative(process.cwd(), data.file);
  const isContainer =
    data.details?.type === 'suite' || data.name === data.file || (where !== '' && data.name.endsWith(where));
  if (type === 'test:fail') {
    if (data.details?.error?.failureType === 'subtestsFailed') {
      if (!isContainer) counts.parents += 1;
      return undefined;
    }
    counts.failed += 1;
    const error = data.details?.error;
    return `FAILED  ${where}: ${data.name}\n${indent(inspect(error?.cause ?? error, { depth: 6 }))}`;
  }
  if (data.skip !== undefined) {
    counts.skipped += 1;
    return `SKIPPED ${where}: ${data.name}: ${data.skip}`;
  }
  if (isContainer) return undefined;
  counts.passed += 1;
  const ms = data.details?.duration_ms ?? 0;
  return ms > SLOW_MS ? `slow    ${where}: ${data.name} (${(ms / 1000).toFixed(1)} s)` : undefined;
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n');
}
