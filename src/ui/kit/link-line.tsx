/** A link that is shown once: whole, and a click away from being copied. */
import { CopyIcon } from './digest.tsx';

export function LinkLine({ link }: { readonly link: string }) {
  return (
    <div className="pl-card pl-pad pl-row" style={{ flexWrap: 'nowrap' }}>
      <code className="pl-break">{link}</code>
      <CopyIcon value={link} what="the link" />
    </div>
  );
}
