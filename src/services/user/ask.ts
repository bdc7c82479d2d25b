/** Launches and cancels tasks. */

import { MOST_BRIEF } from '../../core/bounds.ts';
import { cutMarked } from '../../core/encoding/cut.ts';
import { uuidv7 } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { keepAttached } from '../messaging/attached.ts';
import type { Home } from '../messaging/home.ts';
import { carry, requireCarried } from '../messaging/long-text.ts';
import { recordOf } from '../messaging/rejections.ts';
import { isComing, isUnheld, nameOf, peerNamed } from './peers.ts';
import { pick } from './pick.ts';
import { cancelDraft, requestDraft } from './requests.ts';
import type { User } from './user.ts';
import { isCutOff, sessionView } from './views.ts';

/** How long routes that are on their way are waited for. */
const ROUTES_MS = 10_000;

type Launched = { session: string; peer: { pubkey: string; name: string }; blobs: string[] };
export const newSessionId = ({ clock, random }: Home): string => uuidv7(clock.now(), random.bytes(10));

const LONG_TASK =
  'attach the details as a file, `--attach FILE`, or put them into a file of the repository and name it';

/** Durable when it resolves; what no message has goes when its reader asks. */
export const launchTask = async (
  user: User,
  nodeName: string,
  { task, files = [] }: { task: string; files?: readonly NamedBytes[] },
  session = newSessionId(user.home),
): Promise<Launched> => {
  const { home, exchange } = user;
  await user.until(() => !isComing(home, nodeName), ROUTES_MS);
  const peer = peerNamed(home, nodeName);
  // Beside the names of its files there is room for the beginning of it
  const most = files.length > 0 ? MOST_BRIEF : undefined;
  const text = await carry(home, requireCarried('a task', task, LONG_TASK), most);
  const attached = await keepAttached(home, files);
  await exchange.send([requestDraft(home, peer.pubkey, session, 1, { text, attached })]);
  const blobs = attached.flatMap((one) => one.blobs);
  return { session, peer, blobs: text.whole ? [text.whole.sha256, ...blobs] : blobs };
};

/** Durable when it resolves, and handed over where the node is there; the session's id is known from then on. */
export const ask = async (
  user: User,
  nodeName: string,
  task: string,
  files: readonly NamedBytes[] = [],
): Promise<{ session: string; node: string }> => {
  const { session, peer, blobs } = await launchTask(user, nodeName, { task, files });
  await handedOver(user, blobs, peer);
  return { session, node: nodeName };
};

/** How long the node is waited for to ask for the rest of a long text, or for files, and how long until it has them. */
const ASKING_MS = 10_000;
const HANDING_MS = 60_000;

/** What no message has goes when its reader asks: now, where it is online; else at one of the next commands. */
export const handedOver = async (
  { home, until }: User,
  blobs: readonly string[],
  { pubkey, name }: { pubkey: string; name: string },
): Promise<void> => {
  const requests = (some: { served?: 1 }) => (sha256: string) =>
    home.tables.count('blob_requests', { sha256, asker: pubkey, ...some }) > 0;
  const isAsked = await until(() => blobs.every(requests({})), ASKING_MS);
  if (!isAsked || !(await until(() => blobs.every(requests({ served: 1 })), HANDING_MS)))
    home.log(
      'warning',
      `${name} has not asked for the rest of it yet: it goes with the next command while ${name} is online, such as \`entangle user watch\``,
    );
};

export const cancel = async (user: User, session: RowOf<'sessions'>, reason: string): Promise<void> => {
  const { state, reason: why } = sessionView(user.home, session);
  if (session.open === 0 || isCutOff(user.home, session))
    throw new EntangleError('conflict', `this session has ended: ${why ? `${state}, ${why}` : state}`, {
      hint: `see \`entangle user show ${session.id}\``,
    });
  if (await endUnheld(user.home, session.id, requireCarried('a reason', reason))) return;
  const text = await carry(user.home, reason, MOST_BRIEF);
  const { node } = pick(user.home, 'sessions', session.id);
  await user.exchange.send([cancelDraft(user.home, node, session.id, text)]);
  if (text.whole)
    await handedOver(user, [text.whole.sha256], { pubkey: node, name: nameOf(user.home, node) });
};

/** Of a reason, in the record of a session that ended so. */
const MOST_SUMMARY = 1_500;

/** With nobody to tell, the requester's own word ends it: no later key is asked for it. True when it did. */
const endUnheld = async (home: Home, id: string, reason: string): Promise<boolean> => {
  const ended = await home.ledger.append(() => {
    const row = pick(home, 'sessions', id);
    if (!isUnheld(home, row)) return [];
    const { attempt, node } = row;
    // Behind all that the node said, also what was no move of a session
    const steps = home.tables
      .list('transitions', { kind: 'session', id })
      .flatMap((one) => (one.attempt === attempt ? [one.step] : []));
    const body = {
      ...{ session: id, attempt, step: Math.max(0, ...steps) + 1, node },
      ...({ state: 'cancelled', reason: 'cancelled_by_requester' } as const),
      summary: `cancelled while nobody ran ${nameOf(home, node)}: ${cutMarked(reason, MOST_SUMMARY)}`,
    };
    return [{ dir: 'local', event: recordOf(home, 'session.ended', body) }];
  });
  return ended.length > 0;
};
