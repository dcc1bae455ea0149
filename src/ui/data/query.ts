/** Reading and acting: react-query over the endpoint table. */
import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf, EndpointName } from '#api/endpoints.ts';
import type { EntryPageView } from '#api/endpoints/views.ts';
import { call, Denial } from './client.ts';
import type { CallInput } from './client.ts';
import { withStepUp } from './step-up.ts';

const FRESH_MS = 15_000;
const RETRIES_MAX = 3;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      refetchOnWindowFocus: false,
      /** Only an unreachable or failing server is asked again; a refusal stays one. */
      retry: (count, error) =>
        count < RETRIES_MAX && error instanceof Denial && (error.status === 0 || error.status >= 502),
    },
  },
});

export function useAnswer<N extends EndpointName>(
  name: N,
  input: CallInput<N>,
  options: { readonly enabled?: boolean; readonly keep?: boolean; readonly everyMs?: number } = {},
): UseQueryResult<AnswerOf<N>> {
  return useQuery({
    queryKey: [name, input],
    queryFn: ({ signal }) => call(name, input, signal),
    ...(options.enabled === undefined ? {} : { enabled: options.enabled }),
    ...(options.keep === true ? { placeholderData: keepPreviousData } : {}),
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
  }) as UseQueryResult<AnswerOf<N>>; // NoInfer in the library's type hides that this is the same type
}

/** An act; when it is done, everything on the page is asked anew. A stale second factor is shown again on the way. */
export function useAct<N extends EndpointName>(name: N) {
  const client = useQueryClient();
  return useMutation<AnswerOf<N>, Error, CallInput<N>>({
    mutationFn: (input) => withStepUp(() => call(name, input)),
    onSuccess: () => client.invalidateQueries(),
  });
}

type PagedName = 'search-ledger' | 'person-history' | 'project-history';

/** Pages of ledger entries, newest first. */
export function useEntries<N extends PagedName>(name: N, input: { readonly params?: object; readonly query?: object }) {
  return useInfiniteQuery({
    queryKey: [name, input],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...input.query, ...(pageParam === undefined ? {} : { before: pageParam }) };
      // All three take `before` and answer with a page of entries.
      return call(name, { ...input, query } as CallInput<N>, signal) as Promise<EntryPageView>;
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
}
