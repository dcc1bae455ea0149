/** An action as people say it; the name that the ledger and the API use stands small beside it. */
import { actionTitle } from './action-says.ts';

export function ActionWords({ action }: { readonly action: string }) {
  return (
    <span className="pl-action-words">
      {actionTitle(action)} <code className="pl-dim">{action}</code>
    </span>
  );
}
