/**
 * The topology diagram that TS-2.2 asks for: segments, internet access, boundary controls, the path of content, segments that can be
 * reached from outside. One function for page, print and evidence: the same state and instant give the same bytes.
 */
import type { State } from '#model/state.ts';
import { placeMap } from './layout.ts';
import type { MapOptions } from './map-model.ts';
import { mapModelOf } from './map-model.ts';
import { renderMap } from './render-map.ts';

/** SVG text. Hosts carry `data-host`, collapsed ones `data-class` (`zone/role`), segments `data-zone`. */
export function renderNetworkMap(state: State, at: number, options: MapOptions = {}): string {
  const model = mapModelOf(state, at, options);
  return renderMap(model, placeMap(model));
}
