import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { renderPath, resolvePath } from '#gates/sftp/paths.ts';

test('paths resolve by text alone and never leave the root', () => {
  const table: readonly (readonly [string, string])[] = [
    ['', '/'],
    ['.', '/'],
    ['/', '/'],
    ['//', '/'],
    ['..', '/'],
    ['/../../..', '/'],
    ['alpha', '/alpha'],
    ['/alpha/', '/alpha'],
    ['/alpha/media/../incoming/a.mov', '/alpha/incoming/a.mov'],
    ['/alpha/../beta/x', '/beta/x'],
    ['/alpha/./media//a b', '/alpha/media/a b'],
    ['/alpha/media/..../x', '/alpha/media/..../x'],
  ];
  for (const [path, expected] of table) {
    const place = resolvePath(path);
    assert.ok(place.kind !== 'too-deep');
    assert.equal(renderPath(place), expected, path);
  }
});

test('a path beneath a project never holds an empty part, a dot or two', () => {
  const part = fc.constantFrom('', '.', '..', 'a', '...', 'b c');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const place = resolvePath(parts.join('/'));
      if (place.kind !== 'beneath' || place.path === '') return;
      for (const piece of place.path.split('/')) assert.ok(!['', '.', '..'].includes(piece));
    }),
  );
});

test('a path with too many parts is not resolved', () => {
  assert.equal(resolvePath('a/'.repeat(65)).kind, 'too-deep');
});
