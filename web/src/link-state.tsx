/** Whether the figures can be trusted to be the latest, in words and in colour. */
import type { Format } from './format.ts';
import type { LinkState } from './live.ts';
import type { Messages } from './messages/messages.ts';
import { usePage } from './page.ts';

export function LinkStateLine() {
  const { live, format, messages } = usePage();
  const state = live.link.value;
  return (
    <p class="link" data-state={state.kind}>
      <span class="lamp" aria-hidden="true" />
      <span class="unseen">{messages.link.label}: </span>
      <span>{linkText(state, messages, format)}</span>
      {state.kind === 'closed' && (
        <button type="button" onClick={live.connect}>
          {messages.link.connectAgain}
        </button>
      )}
    </p>
  );
}

export function linkText(state: LinkState, { link }: Messages, format: Format): string {
  switch (state.kind) {
    case 'reconnecting':
      return link.reconnecting(
        state.sinceMs === undefined ? undefined : format.clock(state.sinceMs),
      );
    case 'stale':
      return link.stale(format.clock(state.sinceMs));
    default:
      return link[state.kind];
  }
}
