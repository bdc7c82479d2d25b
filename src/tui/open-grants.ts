/** Grants of this person that are open: what is said of them beside a session, and how they are ended there. */
import { age } from '../core/encoding/age.ts';
import type { GrantView } from '../services/user/grants.ts';
import { isTrouble } from '../services/user/is-trouble.ts';
import { keyOf } from './keys.ts';
import { only, type Screen, type ScreenStep } from './state.ts';

type Of = { id: string; node: string };
/** The selected session, or that of what is selected. */
const sessionOf = ({ live, selected, session }: Screen): Of | null => {
  const item = live.items.find(({ id }) => id === selected);
  if (item === undefined) return session;
  if (item.what === 'session') return item;
  return isTrouble(item) || item.session === null ? null : { id: item.session, node: item.node };
};

const isOpen = ({ used, uses, expires }: GrantView, now: number): boolean =>
  used < uses && Date.parse(expires) > now;
const doesReach = ({ reach, session, node }: GrantView, of: Of): boolean =>
  reach === 'node' ? node === of.node : session === of.id;

/** Those by which requests of the session are answered without asking. */
export const grantsOn = (screen: Screen, of: Of | null, now: number): GrantView[] =>
  of === null ? [] : (screen.live.grants ?? []).filter((one) => isOpen(one, now) && doesReach(one, of));

export const openCount = ({ live }: Screen, now: number): number =>
  (live.grants ?? []).filter((one) => isOpen(one, now)).length;

/** Without what names it. */
export const grantText = ({ title, used, uses, expires, reach }: GrantView, now: number): string =>
  `${used} of ${uses} uses, ends ${age(expires, now)}, ${reach === 'session' ? 'in this session' : 'in every session of its node'}: ${title}`;

/** Asked once more: whoever reads on may come to the key. */
export const revoking = (screen: Screen, now: number): ScreenStep => {
  const open = grantsOn(screen, sessionOf(screen), now);
  if (open.length === 0) return only({ ...screen, notice: 'no grant of yours is open for what is selected' });
  if (!screen.isRevoking) {
    const many = open.length === 1 ? 'the grant' : `all ${open.length} grants`;
    const notice = `${keyOf(screen, 'revoke')} again ends ${many} of yours here: repeats are asked again`;
    return only({ ...screen, isRevoking: true, notice });
  }
  return only({ ...screen, isRevoking: false }, { do: 'revoke', ids: open.map(({ id }) => id) });
};
