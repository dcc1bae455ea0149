/** Where entries stand: one place per few frames, in order of index. */
export interface Place {
  readonly index: number;
  readonly segment: number;
  readonly offset: number;
}

const APART = 64;

export interface Positions {
  /** A frame; one that lies before those that are known says nothing new. */
  add(place: Place): void;
  /** A frame at or before the one that holds `index`, in ledger order. */
  before(index: number): Place | undefined;
}

export function createPositions(): Positions {
  const places: Place[] = [];
  return {
    add(place) {
      const last = places.at(-1);
      if (last !== undefined && place.index <= last.index) return;
      if (last === undefined || place.segment !== last.segment || place.index >= last.index + APART) places.push(place);
    },
    before(index) {
      let [low, high] = [0, places.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((places[middle]?.index ?? Infinity) <= index) low = middle + 1;
        else high = middle;
      }
      return places[low - 1];
    },
  };
}
