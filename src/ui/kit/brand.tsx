/** The mark: a frame with its registration target, locked. */
export function Brand({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect x="2" y="6.5" width="28" height="19" rx="4.5" fill="var(--pl-bar)" />
      <circle cx="16" cy="16" r="6" fill="none" stroke="#fff" strokeWidth="2.2" />
      <path d="M16 13v6M13 16h6" stroke="#fff" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
