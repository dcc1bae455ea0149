/**
 * The zones of each preset: names, what each is for, trust, and where it lies within the facility's own /16 (the third byte of its first
 * address, and the length of its prefix). A small facility folds zones; it never folds production with anything that faces outward.
 */
import type { ContentHeld, ZoneKind } from '#model/network-shapes.ts';

export const FACILITY_SIZES = ['small', 'mid', 'large'] as const;
export type FacilitySize = (typeof FACILITY_SIZES)[number];

export interface ZoneRow {
  readonly name: string;
  readonly kinds: readonly ZoneKind[];
  readonly trust: number;
  readonly content: ContentHeld;
  /** None for the internet. */
  readonly at?: number;
  readonly prefix?: number;
}

const INTERNET: ZoneRow = { name: 'internet', kinds: ['internet'], trust: 0, content: 'none' };
const DMZ: ZoneRow = { name: 'dmz', kinds: ['dmz'], trust: 20, content: 'none', at: 56 };
const VAULT: ZoneRow = { name: 'vault', kinds: ['vault'], trust: 100, content: 'kept', at: 62 };

const SMALL: readonly ZoneRow[] = [
  INTERNET,
  { name: 'office', kinds: ['corporate', 'guest'], trust: 30, content: 'none', at: 64, prefix: 22 },
  DMZ,
  { name: 'io', kinds: ['transfer', 'dataio'], trust: 50, content: 'transient', at: 48 },
  { name: 'production', kinds: ['production', 'render', 'storage'], trust: 70, content: 'kept', at: 16, prefix: 21 },
  { name: 'core', kinds: ['core', 'mgmt'], trust: 90, content: 'none', at: 60 },
  VAULT,
];

const MID: readonly ZoneRow[] = [
  INTERNET,
  { name: 'guest', kinds: ['guest'], trust: 10, content: 'none', at: 72, prefix: 22 },
  { name: 'corporate', kinds: ['corporate'], trust: 30, content: 'none', at: 64, prefix: 22 },
  DMZ,
  { name: 'transfer', kinds: ['transfer'], trust: 40, content: 'transient', at: 49 },
  { name: 'dataio', kinds: ['dataio'], trust: 50, content: 'transient', at: 48 },
  { name: 'production', kinds: ['production', 'render'], trust: 70, content: 'kept', at: 16, prefix: 21 },
  { name: 'storage', kinds: ['storage'], trust: 70, content: 'kept', at: 28 },
  { name: 'core', kinds: ['core'], trust: 90, content: 'none', at: 60 },
  { name: 'mgmt', kinds: ['mgmt'], trust: 100, content: 'none', at: 61 },
  VAULT,
];

const LARGE: readonly ZoneRow[] = [
  ...MID.map((row): ZoneRow => (row.name === 'production' ? { ...row, kinds: ['production'] } : row)),
  { name: 'render', kinds: ['render'], trust: 70, content: 'kept', at: 24, prefix: 22 },
  { name: 'physec', kinds: ['physec'], trust: 30, content: 'none', at: 80 },
];

export const ZONE_TABLE: { readonly [Size in FacilitySize]: readonly ZoneRow[] } = {
  small: SMALL,
  mid: MID,
  large: LARGE,
};

/** Where the first enclave lies; each takes the next third byte. */
export const ENCLAVES_AT = 32;
export const ENCLAVES_MAX = 16;
