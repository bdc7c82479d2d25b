/** What `user watch` does when a person's node is open. Apart from the command: it takes longer to load than the first frame to paint. */
import type { Tell } from '../../services/messaging/tell.ts';
import { FOREVER } from '../../services/user/user.ts';
import { type Seen, watch } from '../../services/user/watch.ts';
import type { UserSession } from '../wiring/user-session.ts';
import { withNotices } from './notify.ts';
import type { OpeningScreen } from './opening-screen.ts';
import type { WatchSurface } from './watch-flags.ts';
import { type Watching, watchAsPerson } from './watch-screen.ts';

type Notices = Omit<Parameters<typeof withNotices>[1], 'signal'>;
type Shown = { opening: OpeningScreen; began: Tell<string>; tell: Tell<Seen> };

/** True where Ctrl-C ended it. */
export const runWatch = (
  user: UserSession,
  how: WatchSurface,
  wanted: Watching & Notices,
  { opening, began, tell }: Shown,
): Promise<boolean> =>
  withNotices(user, wanted, async () => {
    if (how.to === 'screen' || how.to === 'inline')
      return watchAsPerson(user, { ...how, ...wanted }, opening);
    if (how.to === 'nobody') await user.until(() => false, FOREVER, wanted.signal);
    else {
      await began(user.home.self.name);
      await watch(user, wanted.signal, tell);
    }
    return false;
  });
