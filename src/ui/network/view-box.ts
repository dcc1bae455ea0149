/** The part of the drawing that is seen, in its own units: zoomed about a point, moved, never lost from sight. */
export interface ViewBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const ZOOM_MAX = 12;
/** So much of the drawing stays in view, whatever is done. */
const KEPT_PART = 0.15;

export function parseViewBox(text: string | null): ViewBox | undefined {
  const [x, y, width, height] = (text ?? '').split(/[\s,]+/).map(Number);
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined;
  return [x, y, width, height].every(Number.isFinite) && width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

export function renderViewBox({ x, y, width, height }: ViewBox): string {
  return [x, y, width, height].map((value) => Math.round(value * 100) / 100).join(' ');
}

/** `factor` above 1 comes nearer; `at` stays where it is, given as parts (0 to 1) of the width and height. */
export function zoomed(box: ViewBox, whole: ViewBox, factor: number, at: readonly [number, number]): ViewBox {
  const width = Math.min(whole.width, Math.max(whole.width / ZOOM_MAX, box.width / factor));
  const height = (width / box.width) * box.height;
  return kept(
    { x: box.x + (box.width - width) * at[0], y: box.y + (box.height - height) * at[1], width, height },
    whole,
  );
}

/** Moved by parts of what is seen. */
export function moved(box: ViewBox, whole: ViewBox, dx: number, dy: number): ViewBox {
  return kept({ ...box, x: box.x + dx * box.width, y: box.y + dy * box.height }, whole);
}

function kept(box: ViewBox, whole: ViewBox): ViewBox {
  return { ...box, ...along(box, whole) };
}

function along(box: ViewBox, whole: ViewBox): Pick<ViewBox, 'x' | 'y'> {
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), Math.max(low, high));
  const [spareX, spareY] = [box.width * (1 - KEPT_PART), box.height * (1 - KEPT_PART)];
  return {
    x: clamp(box.x, whole.x - spareX, whole.x + whole.width - box.width + spareX),
    y: clamp(box.y, whole.y - spareY, whole.y + whole.height - box.height + spareY),
  };
}
