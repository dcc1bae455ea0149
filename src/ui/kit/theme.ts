/** The look of the pages as Mantine needs it: neutral greys (colour is judged in these rooms), one accent. */
import { createTheme } from '@mantine/core';
import type { MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#eef2ff',
  '#dde5ff',
  '#bfccff',
  '#a3b7ff',
  '#8ba4fb',
  '#6a87f0',
  '#3d63dd',
  '#3355c2',
  '#2a459e',
  '#21367b',
];
const danger: MantineColorsTuple = [
  '#fff0ef',
  '#ffdedc',
  '#ffb9b5',
  '#ff928c',
  '#ff7f78',
  '#e8564f',
  '#c4342f',
  '#a92a26',
  '#8c221f',
  '#6f1b18',
];
/** From text to the darkest ground. Third is for secondary text, fifth for lines, eighth is the page. */
const neutral: MantineColorsTuple = [
  '#ececec',
  '#c4c4c4',
  '#a6a6a6',
  '#8f8f8f',
  '#343434',
  '#262626',
  '#1c1c1c',
  '#121212',
  '#0d0d0d',
  '#080808',
];

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: 6,
  colors: { accent, red: danger, dark: neutral },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI Variable Text", "Segoe UI", "Cantarell", "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: { fontWeight: '600' },
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Modal: { defaultProps: { centered: true, radius: 10, overlayProps: { backgroundOpacity: 0.6, blur: 2 } } },
    // The first item takes the focus; an empty element before it is no child that a menu may have.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Tooltip: { defaultProps: { openDelay: 200, events: { hover: true, focus: true, touch: true } } },
  },
});

/**
 * The server writes a fresh nonce into the page; styles that Mantine adds carry it. The scroll lock behind its dialogs asks for the nonce
 * by the name that bundlers once gave it.
 */
export function shareStyleNonce(): void {
  Object.assign(window, { __webpack_nonce__: styleNonce() });
}

export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}
