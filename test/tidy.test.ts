/** House rules that a machine can hold: dependencies are listed with reasons, documents point at what exists. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, sourceFiles } from './source-files.ts';

const LINE_CHARS_MAX = 160;
const INSTALLED_PACKAGES_MAX = 190;
const BANNED_NAMES = /(^|\/)(util|utils|helper|helpers|common|misc|manager|impl|base)(\.|\/|$)/;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest; // our own file
const direct = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

test('every direct dependency is listed with its reason, and nothing else is listed', () => {
  const page = readFileSync(join(ROOT, 'docs/decisions/dependencies.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([^`]+)` \|[^|\n]*\S[^|\n]*\|$/gm)].map((match) => match[1]);
  assert.deepEqual([...listed].sort(), Object.keys(direct).sort());
});

test('versions are exact', () => {
  const loose = Object.entries(direct).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  assert.deepEqual(loose, []);
});

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function lockedPackages(): readonly (readonly [path: string, entry: Locked])[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  }; // npm's own file
  return Object.entries(lock.packages).filter(([path]) => path !== '');
}

/** `npm ci` on a fresh clone refuses a lock that leaves out even one package that is for another platform. */
test('the lock knows every package that one of its packages may ask for', () => {
  const packages = lockedPackages();
  const known = new Set(packages.map(([path]) => path));
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !known.has(`node_modules/${name}`) && !known.has(`${path}/node_modules/${name}`),
    ),
  );
  assert.deepEqual(missing, []);
});

test('whatever is installed where Picturelock runs has its hash in the lock', () => {
  const runsHere = ({ os = ['linux'], cpu = ['x64'], libc = ['glibc'] }: Locked): boolean =>
    os.includes('linux') && libc.includes('glibc') && (cpu.includes('x64') || cpu.includes('arm64'));
  const unchecked = lockedPackages().filter(([, entry]) => runsHere(entry) && entry.integrity === undefined);
  assert.deepEqual(
    unchecked.map(([path]) => path),
    [],
  );
});

test('the lock holds few packages, and only from the registry', () => {
  const packages = lockedPackages();
  const counted = packages.filter(([, entry]) => entry.os === undefined && entry.optional !== true);
  assert.ok(
    counted.length <= INSTALLED_PACKAGES_MAX,
    `${counted.length} packages; the ceiling is ${INSTALLED_PACKAGES_MAX}`,
  );
  const foreign = packages.filter(
    ([, entry]) => entry.resolved !== undefined && !entry.resolved.startsWith('https://registry.npmjs.org/'),
  );
  assert.deepEqual(
    foreign.map(([path]) => path),
    [],
  );
});

test('file names are nouns of the domain', () => {
  const wrong = sourceFiles('src')
    .map((file) => file.path)
    .filter((path) => BANNED_NAMES.test(path) || /[A-Z]/.test(path.replace('README', '')));
  assert.deepEqual(wrong, []);
});

test('no file leaves unfinished marks, default exports or silenced checks', () => {
  const rules: readonly (readonly [RegExp, string])[] = [
    [/\b(TODO|FIXME|XXX|HACK)\b/, 'a mark of unfinished work'],
    [/^export default /m, 'a default export'],
    [/@ts-(ignore|nocheck)/, 'a silenced compiler'],
    [/\b(test|it|describe)\.only\(/, 'a test singled out'],
  ];
  const wrong = [...sourceFiles('src'), ...sourceFiles('bench'), ...sourceFiles('test')]
    .filter((file) => file.path !== 'test/tidy.test.ts')
    .flatMap((file) => rules.filter(([pattern]) => pattern.test(file.text)).map(([, what]) => `${file.path}: ${what}`));
  assert.deepEqual(wrong, []);
});

test('lines fit', () => {
  const wrong = sourceFiles('src').flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, index) => (line.length > LINE_CHARS_MAX ? [`${file.path}:${index + 1} (${line.length})`] : [])),
  );
  assert.deepEqual(wrong, []);
});

test('every path and link that a document names exists', () => {
  const wrong: string[] = [];
  for (const document of documents()) {
    const links = [...document.text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)].map((match) =>
      join(dirname(document.path), match[1] ?? ''),
    );
    const paths = [...document.text.matchAll(/`((?:src|test|bench|docs|tool|\.ci)\/[\w./-]*\w)`/g)].map(
      (match) => match[1] ?? '',
    );
    for (const path of [...links, ...paths]) if (!existsSync(join(ROOT, path))) wrong.push(`${document.path}: ${path}`);
  }
  assert.deepEqual(wrong, []);
});

test('every room is named in ARCHITECTURE.md', () => {
  const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const rooms = new Set(
    sourceFiles('src')
      .map((file) => file.path.split('/')[1] ?? '')
      .filter((room) => !room.includes('.')),
  );
  assert.deepEqual(
    [...rooms].filter((room) => !page.includes(`${room}/`)),
    [],
  );
});

function documents(): readonly { readonly path: string; readonly text: string }[] {
  const named = ['README.md', 'ARCHITECTURE.md', 'SECURITY.md'].map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));
  return [...named, ...sourceFiles('docs', /\.md$/), ...sourceFiles('src', /README\.md$/)];
}
