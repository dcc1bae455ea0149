/** Every command that a document tells people to type exists, with each option that is named: asked of the programs themselves. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
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

test('commands of picturelock', async () => {
  const told = commands('picturelock').filter(({ words }) => /^[a-z]/.test(words[1] ?? '') && words[1] !== 'ready');
  assert.ok(told.length >= 10, `${told.length} commands are told`);
  const { program } = await createProgram();
  const start = help(['src/main.ts', 'start']).text; // what the console hands on as it is
  for (const one of told) {
    const [, noun = '', verb = ''] = one.words;
    const known = commandIn(program, noun);
    assert.ok(known !== undefined, `${one.where}: ${one.words.join(' ')}`);
    const meant = known.commands.length > 0 ? commandIn(known, verb) : known;
    assert.ok(meant !== undefined, `${one.where}: ${one.words.join(' ')}: no such command`);
    const deeper = meant === known ? undefined : commandIn(meant, one.words[3] ?? '');
    const parts = [program, known, meant, deeper].map((command) => command?.helpInformation() ?? '');
    assertOptions(one, noun === 'start' ? start : parts.join('\n'));
  }
});

function commandIn(parent: Command, name: string): Command | undefined {
  return parent.commands.find((command) => command.name() === name);
}

test('the command line says of itself what it can', () => {
  const { code, text } = help(['src/cli/main.ts']);
  assert.equal(code, 0);
  assert.match(text, /Usage: picturelock/);
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
