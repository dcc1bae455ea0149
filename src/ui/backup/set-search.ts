/** What is chosen stands in the address. */
import { useSearchParams } from '../kit/address.ts';

/** Puts values into the address; undefined takes one out. */
export function useSetSearch() {
  const [, setSearch] = useSearchParams();
  return (values: Readonly<Record<string, string | undefined>>, replace = false) =>
    setSearch(
      (before) => {
        for (const [name, value] of Object.entries(values)) {
          if (value === undefined || value === '') before.delete(name);
          else before.set(name, value);
        }
        return before;
      },
      { replace },
    );
}
