/** Every link of the pages is made here, and nowhere else. */
export type Hat = 'facility' | 'studio' | 'assess';

function withQuery(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') params.set(name, String(value));
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

export type ProjectTab = 'people' | 'files' | 'sessions' | 'history' | 'settings';
export type PersonTab = 'access' | 'credentials' | 'sessions' | 'history';
export type NetworkTab = 'map' | 'rules' | 'proof' | 'blast' | 'quarantine' | 'drift' | 'start';
export type BackupTab = 'copies' | 'restore' | 'drills' | 'vaults' | 'alarms' | 'runbook' | 'closing';
export type SettingsTab = 'facility' | 'roles' | 'file-types' | 'exceptions' | 'alerts';

export const paths = {
  signIn: (next?: string) => withQuery('/sign-in', { next }),
  firstRun: () => '/first-run',
  guided: () => '/facility/start',
  home: (hat: Hat) => `/${hat}`,

  projects: () => '/facility/projects',
  project: (
    alias: string,
    tab: ProjectTab = 'people',
    query: { readonly path?: string; readonly at?: number; readonly engagement?: string } = {},
  ) => withQuery(`/facility/projects/${encodeURIComponent(alias)}/${tab}`, query),
  people: () => '/facility/people',
  person: (person: string, tab: PersonTab = 'access', query: { readonly at?: number } = {}) =>
    withQuery(`/facility/people/${person}/${tab}`, query),
  sessions: () => '/facility/sessions',
  cut: (cut: string) => `/facility/cuts/${cut}`,
  network: (
    hat: Exclude<Hat, 'studio'> = 'facility',
    tab: NetworkTab = 'map',
    query: Readonly<Record<string, string | number | undefined>> = {},
  ) => withQuery(`/${hat}/network/${tab}`, query),
  backups: (
    hat: Exclude<Hat, 'studio'> = 'facility',
    tab: BackupTab = 'copies',
    query: Readonly<Record<string, string | number | undefined>> = {},
  ) => withQuery(`/${hat}/backups/${tab}`, query),
  settings: (tab: SettingsTab = 'facility') => `/facility/settings/${tab}`,
  ledger: (hat: Hat, query: Readonly<Record<string, string | number | undefined>> = {}) =>
    withQuery(`/${hat}/ledger`, query),
  entry: (hat: Hat, index: number) => `/${hat}/ledger/${index}`,

  studioProject: (alias: string, path?: string) => withQuery(`/studio/projects/${encodeURIComponent(alias)}`, { path }),
  studioAsk: (project?: string, ask?: 'access' | 'more-time') => withQuery('/studio/ask', { project, ask }),
  /** Everybody has keys, whatever else they do here. */
  keys: (hat: Hat = 'studio') => `/${hat}/keys`,

  whoCan: (hat: Exclude<Hat, 'studio'>, query: Readonly<Record<string, string | number | undefined>> = {}) =>
    withQuery(`/${hat}/who-can`, query),
  whatCan: (hat: Exclude<Hat, 'studio'>, person?: string, at?: number) =>
    withQuery(`/${hat}/who-can`, { ask: 'what', person, at }),
  whoHadAccess: (project?: string, at?: number) => withQuery('/assess/access', { project, at }),
  bundle: (hat: Exclude<Hat, 'studio'> = 'assess', project?: string) => withQuery(`/${hat}/bundle`, { project }),

  /** Bytes, not a page. Each path segment is encoded on its own. */
  download: (alias: string, path: string) =>
    `/files/${encodeURIComponent(alias)}/${path.split('/').map(encodeURIComponent).join('/')}`,
} as const;
