/** The fenced shell blocks of a page of the documents, found by the headings that they stand beneath. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../source-files.ts';

/** As one script in the page's own order: all blocks, or those right beneath these headings, each of which must have one. */
export function fences(page: string, headings?: readonly string[]): string {
  const parts = readFileSync(join(ROOT, page), 'utf8').split(/^#+ /m);
  const found = parts.flatMap((part) => {
    const heading = part.split('\n', 1)[0] ?? '';
    const blocks = [...part.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
    return blocks.length > 0 && headings?.includes(heading) !== false ? [{ heading, code: blocks.join('\n') }] : [];
  });
  if (headings !== undefined)
    assert.deepEqual(found.map(({ heading }) => heading).sort(), [...headings].sort(), `${page} has these headings`);
  return found.map(({ code }) => code).join('\n');
}

/** The headings of the page about a dead server that lead from one kind of copy to a facility that runs. */
export function wayBack(from: 'a folder' | 'a vault' | 'a bucket'): readonly string[] {
  return [
    'Put the shares together',
    `The facility from ${from}`,
    'Then verify it',
    `Projects from ${from}`,
    'Start, and look',
  ];
}

/** A page's commands have an environment of their own, and need not compile what the run has compiled before. */
export function compiledBefore(): { readonly NODE_COMPILE_CACHE?: string } {
  const folder = process.env['NODE_COMPILE_CACHE'];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
