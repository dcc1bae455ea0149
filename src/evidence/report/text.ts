/** Text of a report: escaping, and figures written without locale or time zone. */
export function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** `2026-03-14 09:30:05` in UTC. */
export function utc(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** `2026-03-14 09:30` in UTC. */
export function utcMinute(at: number): string {
  return utc(at).slice(0, 16);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, as storage is sold: `12.3 GB`. */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.95 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** `12 345` with thin spaces, so that digits can be counted on paper. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

export function plural(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `0.18 s`, `3.4 min`, `2.1 h`, `12 d`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${(ms / 60_000).toFixed(1)} min`;
  return ms < 172_800_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${(ms / 86_400_000).toFixed(0)} d`;
}

const BECAUSE: Readonly<Record<string, string>> = {
  button: 'ended by hand',
  clock: 'reached its end',
  wrap: 'project wrapped',
  suspension: 'person suspended',
  dormancy: 'account dormant',
  'stolen-key': 'key reported stolen',
  lease: 'engine out of reach',
  'signed-out': 'signed out',
  lock: 'project locked',
  erased: 'person erased',
  'credential-ended': 'credential ended',
  'rights-changed': 'rights changed',
  'machine-taken': 'somebody else came to the machine',
};

export function because(why: string): string {
  return BECAUSE[why] ?? why.replaceAll('-', ' ');
}

/** A table; cells are HTML already, headings are text. A first heading with `#` at its end is set as a figure column. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  if (rows.length === 0) return `<p class="empty">${escape(empty)}</p>`;
  const figure = headings.map((heading) => (heading.endsWith('#') ? ' class="figure"' : ''));
  const head = headings.map(
    (heading, column) => `<th scope="col"${figure[column] ?? ''}>${escape(heading.replace(/#$/, ''))}</th>`,
  );
  const body = rows.map(
    (row) => `<tr>${row.map((html, column) => `<td${figure[column] ?? ''}>${html}</td>`).join('')}</tr>`,
  );
  return `<table><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}
