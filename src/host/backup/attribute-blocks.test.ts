/** A dump is cut into the same blocks however its bytes arrive, and half a block is none. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createBlockReader } from './attribute-blocks.ts';
import { parseBlock, parseLines, renderBlock } from './attribute-text.ts';

const BLOCKS = [
  '# file: /a\nuser.x=0sAA==\n',
  '# file: /a/new\\012line \\134 \xff\nuser.empty\nuser.a\\075b=0sYWI=\n',
  '# file: /b\nsystem.posix_acl_access=0sAgAAAA==\n',
];

function cut(parts: readonly string[], bytesMax?: number): readonly string[] {
  const found: string[] = [];
  const block = (lines: Buffer): void => void found.push(lines.toString('latin1'));
  const reader = createBlockReader({ block, tooLong: () => void found.push('too long') }, bytesMax);
  for (const part of parts) {
    const bytes = Buffer.from(part, 'latin1');
    reader.push(bytes);
    bytes.fill(0); // whoever hands it over uses it again
  }
  return found;
}

test('a dump that is split anywhere, or byte by byte, has the same blocks', () => {
  const dump = BLOCKS.map((block) => `${block}\n`).join('');
  for (let at = 0; at <= dump.length; at += 1)
    for (const more of [1, 2, 7])
      assert.deepEqual(cut([dump.slice(0, at), dump.slice(at, at + more), dump.slice(at + more)]), BLOCKS, `${at}`);
  assert.deepEqual(cut([...dump]), BLOCKS);
  assert.deepEqual(cut([...`\n\n\n${dump}\n\n`]), BLOCKS, 'further empty lines');
});

test('what ends early has its whole blocks, and nothing of the last', () => {
  const dump = BLOCKS.map((block) => `${block}\n`).join('');
  for (let at = 0; at < dump.length; at += 1) {
    const found = cut([dump.slice(0, at)]);
    assert.deepEqual(found, BLOCKS.slice(0, found.length), `${at}`);
    assert.ok(found.map((block) => `${block}\n`).join('').length <= at);
  }
});

test('a block that is longer than is held is told, and the next one is whole', () => {
  const [first = '', second = '', third = ''] = BLOCKS;
  const dump = [first, second, third].map((block) => `${block}\n`).join('');
  assert.deepEqual(cut([dump], second.length - 1), [first, 'too long', third]);
  assert.deepEqual(cut([...dump], second.length - 1), [first, 'too long', third]);
});

test('what is made of a block is ASCII and says the same', () => {
  for (const text of BLOCKS) {
    const block = parseBlock(Buffer.from(text, 'latin1'));
    assert.ok(block !== undefined);
    const made = renderBlock(block);
    assert.match(made, /^[\n -~]+$/);
    const again = parseBlock(Buffer.from(made, 'latin1'));
    assert.deepEqual([again?.path, parseLines(again?.lines ?? '')], [block.path, parseLines(block.lines)]);
  }
  assert.equal(parseBlock(Buffer.from('# file: /a\n')), undefined);
});
