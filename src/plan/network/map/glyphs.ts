/** A small drawing for each kind of machine, 14 pixels square. */
import type { HostRole } from '#model/network-shapes.ts';

const SCREEN = 'M1 2h12v8H1zM5 13h4M7 10v3';
const RACK = 'M2 1h10v4H2zM2 9h10v4H2zM4 3h2M4 11h2M2 5v4M12 5v4';
const DISKS = 'M2 3c0-3 10-3 10 0v8c0 3-10 3-10 0zM2 3c0 3 10 3 10 0M2 7c0 3 10 3 10 0';
const SHIELD = 'M7 1l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V3z';
const DOOR = 'M3 1h8v12H3zM9 7h.2';
const ARROWS = 'M2 4h9M8 1l3 3-3 3M12 10H3M6 7l-3 3 3 3';
const PLUG = 'M3 2h8v5H3zM5 7v3h4V7M7 10v3';
const CUBE = 'M7 1l5 3v6l-5 3-5-3V4zM7 7l5-3M7 7v6M7 7L2 4';
const LIST = 'M2 2h10v10H2zM4 5h6M4 7h6M4 9h4';
const KEY = 'M4 4a3 3 0 1 0 .1 0M6 6l6 6M10 10l2-2';
const EYE = 'M1 7c3-6 9-6 12 0-3 6-9 6-12 0M7 7h.2';
const CLOCK = 'M7 1a6 6 0 1 0 .1 0M7 3v4l3 2';
const GRID = 'M1 4h12v6H1zM3 7h1M6 7h1M9 7h1';

const GLYPHS: Readonly<Record<HostRole, string>> = {
  workstation: SCREEN,
  server: RACK,
  storage: DISKS,
  'render-node': CUBE,
  'render-manager': CUBE,
  broker: DOOR,
  portal: DOOR,
  transfer: ARROWS,
  'drive-station': PLUG,
  bastion: KEY,
  firewall: SHIELD,
  switch: GRID,
  hypervisor: RACK,
  identity: KEY,
  logging: LIST,
  time: CLOCK,
  mirror: ARROWS,
  licence: LIST,
  vault: DISKS,
  camera: EYE,
  printer: GRID,
  other: RACK,
};

export function renderGlyph(role: HostRole, x: number, y: number): string {
  return `<path class="glyph" transform="translate(${x} ${y})" d="${GLYPHS[role]}"/>`;
}

/** Something that the internet may reach. */
export function renderGlobe(x: number, y: number): string {
  return `<path class="public" d="M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0-10 0M${x - 5} ${y}h10M${x} ${y - 5}c-4 3-4 7 0 10c4-3 4-7 0-10"/>`;
}
