/** One person's unfinished uploads leave room for everybody else's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UPLOADS_PER_PERSON_MAX } from '#gates/files/opening.ts';
import { buildWorld, codeOf, must } from './world.ts';

test('nobody fills a project with uploads that never end', async () => {
  const world = await buildWorld();
  try {
    const [editor, other] = [await world.guest('editor'), await world.guest('editor')];
    const begin = (who: typeof editor, name: string) =>
      world.files.createUpload(who.actor, world.alpha, `incoming/${name}.mov`, { sizeBytes: 1, note: '' });
    const first = must(await begin(editor, 'first'));
    for (let count = 1; count < UPLOADS_PER_PERSON_MAX; count += 1) must(await begin(editor, `x${count}`));
    assert.equal(codeOf(await begin(editor, 'one-more')), 'too-many-uploads');
    must(await begin(other, 'hers'));
    must(await world.files.dropUpload(editor.actor, world.alpha, first.upload));
    must(await begin(editor, 'one-more'));
  } finally {
    await world.close();
  }
});
