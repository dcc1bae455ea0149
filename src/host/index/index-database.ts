/**
 * The search index over the ledger, in SQLite: which entries speak of an id, have a kind, a path, a time. It holds no
 * bodies. It remembers how far it has followed and the leaf hash of the last entry it took in, so it cannot silently belong to
 * another ledger; when in doubt it is thrown away and built again.
 *
 *     word(id, text)          every id that entries speak of, every kind
 *     path(id, lower)         every path, in lower case, with a trigram index beside it
 *     entry(ix, at, kind, path)
 *     seen(word, ix)          entry `ix` speaks of that id, in `about`, `by` or as its stream
 */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { Entry } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import type { Found } from '#ports/entry-index.ts';

const VERSION = 1;
/** Ids kept in memory beside the database; an id that is asked for again costs nothing. */
const WORDS_CACHED_MAX = 100_000;
const TRIGRAM_CHARS = 3;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS path (id INTEGER PRIMARY KEY, lower TEXT NOT NULL UNIQUE);
  CREATE VIRTUAL TABLE IF NOT EXISTS path_text USING fts5 (lower, content = 'path', content_rowid = 'id', tokenize = 'trigram');
  CREATE TABLE IF NOT EXISTS entry (ix INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL, path INTEGER);
  CREATE INDEX IF NOT EXISTS entry_at ON entry (at);
  CREATE TABLE IF NOT EXISTS seen (word INTEGER NOT NULL, ix INTEGER NOT NULL, PRIMARY KEY (word, ix)) WITHOUT ROWID;
`;

export interface Followed {
  readonly size: number;
  /** Hex, of the entry before `size`; empty at the start. */
  readonly leaf: string;
}

export class IndexDatabase implements Disposable {
  readonly #db: DatabaseSync;
  readonly #insertEntry: StatementSync;
  readonly #insertSeen: StatementSync;
  readonly #words: Dictionary;
  readonly #paths: Dictionary;

  /** Throws when the file is not such an index: the caller removes it and opens anew. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: 5000 });
    try {
      this.#db.exec(SCHEMA);
      const version = this.#meta('version');
      if (version !== undefined && version !== String(VERSION)) throw new Error(`an index of version ${version}`);
      if (version === undefined) this.#setMeta('version', String(VERSION));
      this.#insertEntry = this.#db.prepare('INSERT INTO entry (ix, at, kind, path) VALUES (?, ?, ?, ?)');
      this.#insertSeen = this.#db.prepare('INSERT OR IGNORE INTO seen (word, ix) VALUES (?, ?)');
      const addText = this.#db.prepare('INSERT INTO path_text (rowid, lower) VALUES (?, ?)');
      this.#words = new Dictionary(this.#db, 'word', 'text', () => undefined);
      this.#paths = new Dictionary(this.#db, 'path', 'lower', (id, lower) => addText.run(id, lower));
    } catch (cause) {
      this.#db.close();
      throw cause;
    }
  }

  followed(): Followed {
    return { size: Number(this.#meta('size') ?? 0), leaf: this.#meta('leaf') ?? '' };
  }

  /** Takes in entries from `followed().size` on, in one transaction. */
  take(entries: readonly Entry[], after: Followed): void {
    const first = this.followed().size;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      entries.forEach((entry, position) => this.#takeOne(first + position, entry));
      this.#setMeta('size', String(after.size));
      this.#setMeta('leaf', after.leaf);
      this.#db.exec('COMMIT');
    } catch (cause) {
      this.#db.exec('ROLLBACK');
      this.#words.forget();
      this.#paths.forget();
      throw cause;
    }
  }

  find(query: EntryQuery): Found {
    const searchedTo = this.followed().size;
    const found = this.#indexes(query, query.limit + 1);
    const indexes = found.slice(0, query.limit);
    const last = indexes.at(-1);
    return found.length > query.limit && last !== undefined
      ? { indexes, next: last, searchedTo }
      : { indexes, searchedTo };
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #takeOne(ix: number, entry: Entry): void {
    const path = entry.about.path === undefined ? null : this.#paths.idOf(entry.about.path.toLowerCase());
    this.#insertEntry.run(ix, entry.at, this.#words.idOf(entry.kind), path);
    for (const id of idsIn(entry)) this.#insertSeen.run(this.#words.idOf(id), ix);
  }

  #indexes(query: EntryQuery, limit: number): readonly number[] {
    const words: number[] = [];
    for (const id of [query.person, query.project, query.session, query.engagement, query.cut]) {
      if (id === undefined) continue;
      const word = this.#words.find(id);
      if (word === undefined) return [];
      words.push(word);
    }
    const { sql, values } = searchSql(query, words, limit);
    return this.#db
      .prepare(sql)
      .all(...values)
      .map((row) => Number(row['ix']));
  }

  #meta(key: string): string | undefined {
    const value = this.#db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  #setMeta(key: string, value: string): void {
    this.#db
      .prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
      .run(key, value);
  }
}

/** The ids under which an entry is found; the same that engine/matches.ts looks at. */
function idsIn(entry: Entry): ReadonlySet<string> {
  const { about, by, stream } = entry;
  const ids = [
    about.person,
    by.person,
    about.project,
    stream,
    about.session,
    by.session,
    about.engagement,
    by.engagement,
    about.cut,
  ];
  return new Set(ids.filter((id) => id !== undefined));
}

interface Search {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Walks newest first: down the first id's own list where there is one, else down the entries. */
function searchSql(query: EntryQuery, words: readonly number[], limit: number): Search {
  const [first, ...others] = words;
  const values: (string | number)[] = [];
  const where: string[] = [];
  const add = (sql: string, ...bound: readonly (string | number)[]): void => {
    where.push(sql);
    values.push(...bound);
  };
  const from = first === undefined ? 'entry e' : 'seen s CROSS JOIN entry e ON e.ix = s.ix';
  const ix = first === undefined ? 'e.ix' : 's.ix';
  if (first !== undefined) add('s.word = ?', first);
  for (const word of others) add('EXISTS (SELECT 1 FROM seen o WHERE o.word = ? AND o.ix = e.ix)', word);
  if (query.before !== undefined) add(`${ix} < ?`, query.before);
  // Times never fall along the ledger, so an instant is a place in it.
  if (query.from !== undefined) add(`${ix} >= coalesce((SELECT min(ix) FROM entry WHERE at >= ?), 9e15)`, query.from);
  if (query.until !== undefined) add(`${ix} < coalesce((SELECT min(ix) FROM entry WHERE at >= ?), 9e15)`, query.until);
  if (query.kind !== undefined) {
    const isKind = `substr(text, 1, ?) = ? AND text NOT LIKE '%\\_%' ESCAPE '\\'`; // ids have an underscore, kinds have none
    add(`e.kind IN (SELECT id FROM word WHERE ${isKind})`, query.kind.length, query.kind);
  }
  if (query.path !== undefined && query.path !== '') addPath(query.path.toLowerCase(), add);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  return {
    sql: `SELECT ${ix} AS ix FROM ${from} ${condition} ORDER BY ${ix} DESC LIMIT ?`,
    values: [...values, limit],
  };
}

function addPath(lower: string, add: (sql: string, ...bound: readonly (string | number)[]) => void): void {
  if ([...lower].length < TRIGRAM_CHARS) return add('e.path IN (SELECT id FROM path WHERE instr(lower, ?) > 0)', lower);
  const phrase = `"${lower.replaceAll('"', '""')}"`;
  add(
    'e.path IN (SELECT p.id FROM path_text t JOIN path p ON p.id = t.rowid WHERE path_text MATCH ? AND instr(p.lower, ?) > 0)',
    phrase,
    lower,
  );
}

/** Text to a small number and back, made at first use. */
class Dictionary {
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #added: (id: number, text: string) => void;
  readonly #known = new Map<string, number>();

  constructor(
    db: DatabaseSync,
    table: 'word' | 'path',
    column: 'text' | 'lower',
    added: (id: number, text: string) => void,
  ) {
    this.#select = db.prepare(`SELECT id FROM ${table} WHERE ${column} = ?`);
    this.#insert = db.prepare(`INSERT INTO ${table} (${column}) VALUES (?)`);
    this.#added = added;
  }

  find(text: string): number | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const id = this.#select.get(text)?.['id'];
    return typeof id === 'number' ? this.#remember(text, id) : undefined;
  }

  idOf(text: string): number {
    const found = this.find(text);
    if (found !== undefined) return found;
    const id = Number(this.#insert.run(text).lastInsertRowid);
    this.#added(id, text);
    return this.#remember(text, id);
  }

  forget(): void {
    this.#known.clear();
  }

  #remember(text: string, id: number): number {
    if (this.#known.size >= WORDS_CACHED_MAX) this.#known.clear();
    this.#known.set(text, id);
    return id;
  }
}
