/** Tells a person who looks elsewhere that something new waits: once, and not into another program that has the terminal. */
import type { Alert } from '../core/command-words.ts';
import type { Live } from '../services/user/live.ts';
import { makeTold } from '../services/user/told.ts';
import { ALERT_BYTES } from './ansi.ts';
import type { ScreenChange, Store } from './store.ts';

/** `isQuiet`: of the hours in which nobody is told. */
export type Alerts = { alert: Alert; isQuiet(): boolean };

const waitingIn = ({ items }: Live) =>
  items.filter(({ what }) => what !== 'session').map(({ id, what }) => ({ id, kind: what }));

/** Whether a change is to be told. What waits at the beginning is seen. */
const newsToTell = (start: Live): ((change: ScreenChange) => boolean) => {
  const told = makeTold();
  for (const one of waitingIn(start)) told.add(one);
  let isDue = false;
  return ({ before, after }) => {
    if (after.live !== before.live) {
      const fresh = told.fresh(waitingIn(after.live));
      for (const one of fresh) told.add(one);
      isDue ||= fresh.length > 0;
    }
    if (!isDue || after.isAway) return false;
    isDue = false;
    return true;
  };
};

/** Each is written in one piece, as each frame is: none is within another. Where no escape may be written, a bell. */
export const tellNews = (
  store: Store,
  { alert, isQuiet }: Alerts,
  stdout: Pick<NodeJS.WriteStream, 'write'>,
  hasEscapes = true,
): void => {
  if (alert === 'none') return;
  const isNews = newsToTell(store.screen().live);
  const bytes = ALERT_BYTES[hasEscapes ? alert : 'bell'];
  store.onChange((change) => {
    if (isNews(change) && !isQuiet()) stdout.write(bytes);
  });
};
