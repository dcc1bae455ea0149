/** Who looks at the page: the answer of `/me`, for every component beneath a shell. */
import { createContext, useContext } from 'react';
import type { MeView } from '#api/endpoints/identity.ts';
import { Bug } from '#std/assert.ts';

export const ViewerContext = createContext<MeView | undefined>(undefined);

export function useViewer(): MeView {
  const viewer = useContext(ViewerContext);
  if (viewer === undefined) throw new Bug('a page outside of its shell');
  return viewer;
}

/** May the viewer do this facility-wide? The server decides again. */
export function useMay(action: string): boolean {
  return useViewer().may.includes(action);
}
