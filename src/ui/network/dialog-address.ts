/** Which dialog is open stands in the address: `?do=edit-flow&id=flw_…`, so that other pages can lead straight to it. */
import { useSearchParams } from '../kit/address.ts';

export const DIALOGS = ['zone', 'host', 'service', 'flow', 'exposure'] as const;
export type DialogNoun = (typeof DIALOGS)[number];

/** What a new thing begins with: an address that was seen, the two ends of an empty cell. */
export type DialogStart = Readonly<Record<string, string | undefined>>;

export interface DialogAddress {
  readonly noun: DialogNoun;
  /** Of the thing that is changed; a new one has none. */
  readonly id: string | undefined;
  readonly start: DialogStart;
}

const STARTS = ['zone', 'address', 'mac', 'from', 'to', 'host'] as const;

export function dialogQuery(noun: DialogNoun, id?: string, start: DialogStart = {}): Record<string, string> {
  const query: Record<string, string> = { do: noun };
  if (id !== undefined) query['id'] = id;
  for (const name of STARTS) if (start[name] !== undefined) query[`new-${name}`] = start[name];
  return query;
}

export function dialogOf(search: URLSearchParams): DialogAddress | undefined {
  const noun = DIALOGS.find((one) => one === search.get('do'));
  if (noun === undefined) return undefined;
  const start = Object.fromEntries(STARTS.map((name) => [name, search.get(`new-${name}`) ?? undefined]));
  return { noun, id: search.get('id') ?? undefined, start };
}

export function useDialog() {
  const [search, setSearch] = useSearchParams();
  const open = (noun: DialogNoun, id?: string, start?: DialogStart) =>
    setSearch((before) => {
      for (const [name, value] of Object.entries(dialogQuery(noun, id, start))) before.set(name, value);
      return before;
    });
  const close = () =>
    setSearch(
      (before) => {
        for (const name of ['do', 'id', ...STARTS.map((one) => `new-${one}`)]) before.delete(name);
        return before;
      },
      { replace: true },
    );
  return { dialog: dialogOf(search), open, close };
}
