/** Every command that a document tells people to type exists, with each option that is named: asked of the programs themselves. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.ts';

interface Told {
  readonly where: string;
  readonly words: readonly string[];
}

const PAGES = ['README.md', 'ARCHITECTURE.md', 'SECURITY.md', ...pagesBeneath('docs')];

function pagesBeneath(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** Lines of code blocks, and code within lines, that begin with one of these. */
function commands(...beginnings: readonly string[]): readonly Told[] {
  return PAGES.flatMap((where) => {
    const text = readFileSync(join(ROOT, where), 'utf8');
    const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
    const lines = text.split('\n').map((line) => line.trim());
    return [...inline, ...lines]
      .filter((code) => beginnings.some((beginning) => code.startsWith(`${beginning} `)))
      .map((code) => ({ where, words: code.replace(/\s#.*$/, '').split(/\s+/) }));
  });
}

function help(program: readonly string[]): { readonly code: number | null; readonly text: string } {
  const ran = spawnSync(process.execPath, [...program, '--help'], { cwd: ROOT, encoding: 'utf8' });
  return { code: ran.status, text: `${ran.stdout}${ran.stderr}` };
}

function assertOptions({ where, words }: Told, text: string): void {
  for (const word of words.filter((one) => one.startsWith('--') && one !== '--'))
    assert.ok(text.includes(word.replace(/[.,;)]+$/, '')), `${where}: ${words.join(' ')}: there is no ${word}`);
}

test('commands of picturelock', () => {
  const told = commands('picturelock').filter(({ words }) => /^[a-z]/.test(words[1] ?? '') && words[1] !== 'ready');
  assert.ok(told.length >= 10, `${told.length} commands are told`);
  const asked = new Map<string, ReturnType<typeof help>>();
  for (const one of told) {
    const [, noun = '', verb = ''] = one.words;
    const known = asked.get(noun) ?? help(['src/cli/main.ts', noun]);
    asked.set(noun, known);
    assert.equal(known.code, 0, `${one.where}: ${one.words.join(' ')}`);
    const hasVerbs = known.text.includes('Commands:');
    const path = hasVerbs ? `${noun} ${verb}` : noun;
    const answer = asked.get(path) ?? help(['src/cli/main.ts', ...path.split(' ')]);
    asked.set(path, answer);
    assert.equal(answer.code, 0, `${one.where}: ${one.words.join(' ')}`);
    assert.ok(answer.text.includes(`picturelock ${path}`), `${one.where}: ${one.words.join(' ')}: no such command`);
    assertOptions(one, answer.text + asked.get(noun)?.text);
  }
});

test('options of the start', () => {
  const { text } = help(['src/main.ts', 'start']);
  const told = commands('npm start', '--listen', 'ExecStart=/usr/bin/npm start');
  assert.ok(told.length >= 5, `${told.length} starts are told`);
  for (const { where, words } of told) {
    const own = words.includes('--') ? words.slice(words.indexOf('--') + 1) : words;
    assertOptions({ where, words: own }, text);
  }
});

test('scripts of npm', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  }; // our own file
  const told = commands('npm run');
  assert.ok(told.length >= 3);
  for (const { where, words } of told) assert.ok(scripts[words[2] ?? ''] !== undefined, `${where}: ${words.join(' ')}`);
});
