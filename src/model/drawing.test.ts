import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDrawing } from '#model/drawing.ts';

test('a drawing reads as role, project, hours, action and path', () => {
  assert.deepEqual(parseDrawing('editor @ alpha 09:00–18:00 mon–fri -> read media/a.mov'), {
    role: 'editor',
    project: 'alpha',
    hours: { days: [1, 2, 3, 4, 5], from: 540, until: 1080 },
    action: 'file.read',
    path: 'media/a.mov',
  });
  assert.deepEqual(parseDrawing('engineer -> facility.configure'), {
    role: 'engineer',
    project: undefined,
    hours: undefined,
    action: 'facility.configure',
    path: undefined,
  });
  assert.deepEqual(parseDrawing('editor @ a1 22:00-06:00 fri-mon -> make project/new').hours, {
    days: [5, 6, 0, 1],
    from: 1320,
    until: 360,
  });
});

test('what is no drawing is quoted back', () => {
  for (const text of [
    '',
    'editor',
    'editor @ alpha',
    'editor @ alpha -> fly away',
    'editor @ alpha 09:00–18:00 xyz -> read a',
  ]) {
    assert.throws(() => parseDrawing(text), RangeError, text);
  }
});
