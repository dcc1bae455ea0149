/**
 * The query of the address as state. A change is made to what the address says now, not to what was drawn last, and is drawn at once: whoever types fast, or
 * into two fields, loses nothing on a slow machine either.
 */
import { useCallback } from 'react';
import { useSearchParams as useRouted } from 'react-router';
import type { SetURLSearchParams } from 'react-router';

export function useSearchParams(): readonly [URLSearchParams, SetURLSearchParams] {
  const [search, setRouted] = useRouted();
  const setSearch = useCallback<SetURLSearchParams>(
    (change, options) => {
      const changed = typeof change === 'function' ? change(new URLSearchParams(globalThis.location.search)) : change;
      setRouted(changed, { ...options, flushSync: true });
    },
    [setRouted],
  );
  return [search, setSearch];
}
