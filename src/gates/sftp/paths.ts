/**
 * The tree that a client sees: `/` holds one folder per project, named by its alias; beneath it stands the workspace.
 * Resolution is by text alone. No link is ever followed here, and `..` stops at `/`.
 */
import { PATH_PARTS_MAX } from '#gates/sftp/wire.ts';

export type Place =
  | { readonly kind: 'root' }
  /** `path` is beneath the workspace, without a leading slash; empty for the workspace itself. */
  | { readonly kind: 'beneath'; readonly alias: string; readonly path: string }
  | { readonly kind: 'too-deep' };

/** A relative path starts at `/`: every person's home is the list of her projects. */
export function resolvePath(path: string): Place {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
    if (parts.length > PATH_PARTS_MAX) return { kind: 'too-deep' };
  }
  const [alias, ...rest] = parts;
  return alias === undefined ? { kind: 'root' } : { kind: 'beneath', alias, path: rest.join('/') };
}

export function renderPath(place: Exclude<Place, { kind: 'too-deep' }>): string {
  if (place.kind === 'root') return '/';
  return place.path === '' ? `/${place.alias}` : `/${place.alias}/${place.path}`;
}
