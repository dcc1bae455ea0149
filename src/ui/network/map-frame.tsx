/** The drawing in a window that zooms and moves: by wheel, by drag, by keyboard, by button. */
import { Button } from '@mantine/core';
import { IconFocusCentered, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { Topology } from './topology.tsx';
import { moved, parseViewBox, renderViewBox, zoomed } from './view-box.ts';
import type { ViewBox } from './view-box.ts';

const STEP = 1.35;
const KEY_PART = 0.12;
const CENTRE = [0.5, 0.5] as const;

interface MapFrameProps {
  readonly svg: string;
  readonly chosen: string | undefined;
  readonly onPick: (kind: 'host' | 'zone', id: string) => void;
}

export function MapFrame({ svg, chosen, onPick }: MapFrameProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { onDrawn, zoom, move, reset } = useView(frame);
  const drag = useDrag(frame, move);
  const onKeyDown = (event: KeyboardEvent) => {
    const act = { '+': () => zoom(STEP, CENTRE), '-': () => zoom(1 / STEP, CENTRE), '0': reset }[event.key];
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (act === undefined && arrow === undefined) return;
    event.preventDefault();
    act?.();
    if (arrow !== undefined) move((arrow[0] ?? 0) * KEY_PART, (arrow[1] ?? 0) * KEY_PART);
  };
  return (
    <div className="nw-map-card pl-card">
      <div
        ref={frame}
        className="nw-map"
        role="group"
        aria-label="Network map: arrow keys move it, plus and minus zoom, 0 shows all"
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...drag.handlers}
      >
        <Topology
          svg={svg}
          chosen={chosen}
          onDrawn={onDrawn}
          onPick={(kind, id) => {
            if (!drag.wasDrag()) onPick(kind, id);
          }}
        />
      </div>
      <div className="nw-zoom pl-no-print">
        <Button.Group orientation="vertical">
          <ZoomButton label="Zoom in" onClick={() => zoom(STEP, CENTRE)}>
            <IconZoomIn size={17} aria-hidden />
          </ZoomButton>
          <ZoomButton label="Zoom out" onClick={() => zoom(1 / STEP, CENTRE)}>
            <IconZoomOut size={17} aria-hidden />
          </ZoomButton>
          <ZoomButton label="Show all" onClick={reset}>
            <IconFocusCentered size={17} aria-hidden />
          </ZoomButton>
        </Button.Group>
      </div>
    </div>
  );
}

function ZoomButton(props: {
  readonly label: string;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}) {
  return (
    <Button variant="default" px={8} aria-label={props.label} onClick={props.onClick}>
      {props.children}
    </Button>
  );
}

type FrameRef = React.RefObject<HTMLDivElement | null>;

/** The drawing's own `viewBox` is the state: nothing is rendered again while it moves. */
function useView(frame: FrameRef) {
  const drawing = useRef<SVGSVGElement>(undefined);
  const [whole, setWhole] = useState<ViewBox>();
  const onDrawn = useCallback(
    (drawn: SVGSVGElement) => {
      drawing.current = drawn;
      // Where it is wider than the screen, the internet stands in its middle.
      const room = frame.current;
      if (room !== null) room.scrollLeft = (room.scrollWidth - room.clientWidth) / 2;
      setWhole(parseViewBox(drawn.getAttribute('viewBox')));
    },
    [frame],
  );
  const change = useCallback(
    (next: (box: ViewBox, all: ViewBox) => ViewBox) => {
      const box = parseViewBox(drawing.current?.getAttribute('viewBox') ?? null);
      if (box !== undefined && whole !== undefined)
        drawing.current?.setAttribute('viewBox', renderViewBox(next(box, whole)));
    },
    [whole],
  );
  const zoom = useCallback(
    (factor: number, at: readonly [number, number]) => change((box, all) => zoomed(box, all, factor, at)),
    [change],
  );
  const move = useCallback((dx: number, dy: number) => change((box, all) => moved(box, all, dx, dy)), [change]);
  useWheel(frame, zoom);
  return { onDrawn, zoom, move, reset: () => change((_box, all) => all) };
}

/** A listener of our own, because the page must not scroll while the map zooms; without Ctrl the page scrolls as ever. */
function useWheel(frame: FrameRef, zoom: (factor: number, at: readonly [number, number]) => void): void {
  useEffect(() => {
    const element = frame.current;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top, width, height } = (element ?? document.body).getBoundingClientRect();
      zoom(event.deltaY < 0 ? 1.12 : 1 / 1.12, [(event.clientX - left) / width, (event.clientY - top) / height]);
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [frame, zoom]);
}

const DRAG_PX = 4;

function useDrag(frame: FrameRef, move: (dx: number, dy: number) => void) {
  const from = useRef<readonly [number, number]>(undefined);
  const far = useRef(false);
  return {
    /** The click that ends a drag chooses nothing. */
    wasDrag: () => far.current,
    handlers: {
      onPointerDown: (event: PointerEvent) => {
        from.current = [event.clientX, event.clientY];
        far.current = false;
      },
      onPointerMove: (event: PointerEvent) => {
        const [start, box] = [from.current, frame.current?.getBoundingClientRect()];
        if (start === undefined || box === undefined || event.buttons !== 1) return;
        const [dx, dy] = [start[0] - event.clientX, start[1] - event.clientY];
        if (!far.current && Math.hypot(dx, dy) < DRAG_PX) return;
        if (!far.current) frame.current?.setPointerCapture(event.pointerId);
        far.current = true;
        from.current = [event.clientX, event.clientY];
        move(dx / box.width, dy / box.height);
      },
      onPointerUp: () => {
        from.current = undefined;
      },
    },
  };
}
