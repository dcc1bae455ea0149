/** The commands of a noun are loaded alone, and are those that the whole program has. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createProgram } from './program.ts';

test('each noun brings its own commands, as the whole program has them', async () => {
  const { program: whole } = await createProgram();
  const nouns = whole.commands.map((one) => one.name()).filter((name) => name !== 'start');
  assert.ok(nouns.length > 10);
  assert.equal(new Set(nouns).size, nouns.length);
  for (const noun of nouns) {
    const { program } = await createProgram(['--json', '--data', 'somewhere', noun, 'list', '--unknown', 'x']);
    const [alone, meant] = [program, whole].map((one) => one.commands.find((command) => command.name() === noun));
    assert.equal(alone?.helpInformation(), meant?.helpInformation(), noun);
    assert.deepEqual(
      alone?.commands.map((one) => one.helpInformation()),
      meant?.commands.map((one) => one.helpInformation()),
    );
    assert.ok(program.commands.length < whole.commands.length, `${noun} loads no more than it needs`);
  }
});

test('who asks for nothing that there is sees everything', async () => {
  const { program: whole } = await createProgram([]);
  for (const args of [['nothing'], ['--help'], ['help', 'backup']]) {
    const { program } = await createProgram(args);
    assert.equal(program.helpInformation(), whole.helpInformation());
  }
});
