/** What stands under a segment's name: what it is for, its trust, its hosts, and whether it holds content. */
import type { MapZone } from './map-model.ts';

export interface AboutLine {
  readonly text: string;
  /** In the colour of content. */
  readonly isKept: boolean;
}

export const CONTENT: Readonly<Record<MapZone['content'], string>> = {
  none: 'no content',
  transient: 'content in transit',
  kept: 'content kept',
};

/** Kinds whose own word is nobody's. */
const KIND_WORDS: Readonly<Record<string, string>> = {
  corporate: 'office work',
  physec: 'doors and cameras',
  dataio: 'content I/O',
  mgmt: 'management',
  core: 'core services',
};

export function aboutLines(zone: MapZone): readonly AboutLine[] {
  if (zone.isInternet) return [{ text: 'not ours', isKept: false }];
  const kinds = kindsTold(zone);
  return [
    ...(kinds === '' ? [] : [{ text: kinds, isKept: false }]),
    { text: `trust ${zone.trust} · ${plural(zone.hostCount, 'host')}`, isKept: false },
    { text: CONTENT[zone.content], isKept: zone.content !== 'none' },
  ];
}

/** What it is for, where its name does not say so. */
function kindsTold({ name, kinds }: MapZone): string {
  const said = name.toLowerCase();
  return kinds
    .filter((kind) => !said.includes(kind))
    .map((kind) => KIND_WORDS[kind] ?? kind)
    .filter((word) => !said.includes(word.toLowerCase()))
    .join(', ');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
