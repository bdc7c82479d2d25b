/** Signs what a person decides of what a node asked them to approve. */

import { MAX_TEXT_BYTES, MOST_BRIEF } from '../../core/bounds.ts';
import { utf8Length } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Decision } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { nowSeconds } from '../messaging/home.ts';
import { type CarriedText, carry, requireCarried, wholeOf } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { requestOf } from './approval-view.ts';
import { handedOver } from './ask.ts';
import { callWordsOf } from './operation-words.ts';
import { ASK_HOST, isRunningPeer, nameOf } from './peers.ts';
import { sshSignature } from './ssh-signature.ts';
import type { User } from './user.ts';
import { isOrphaned } from './views.ts';

/** What a person did who decided so. */
export const DECIDED: Readonly<Record<Decision, string>> = {
  approved: 'approved it',
  rejected: 'rejected it',
  changes_wanted: 'asked for changes of it',
};

/** Refuses what this person decided otherwise, what nobody waits for any more, and what is closed. */
export const requireOpen = (home: Home, approval: RowOf<'approvals'>, decision: Decision): void => {
  const already = home.tables.get('decisions', approval.id, home.self.pubkey);
  if (already && already.decision !== decision)
    throw new EntangleError(
      'conflict',
      `you already ${DECIDED[already.decision]}; a decision cannot be changed`,
    );
  if (isOrphaned(home, approval)) throw orphaned(home, approval);
  if (approval.open === 1) return;
  const anew = approval.state === 'superseded';
  throw new EntangleError('conflict', `this approval is closed (${approval.state})`, {
    ...(anew && { hint: 'wait for what comes of the changes: it asks anew, see `entangle user inbox`' }),
  });
};

const orphaned = (home: Home, { node }: RowOf<'approvals'>): EntangleError => {
  const name = nameOf(home, node);
  const peer = home.tables.get('peers', home.self.pubkey, name);
  if (peer && !isRunningPeer(peer))
    return new EntangleError('conflict', `nobody runs ${name} now; what its last key asked for is void`, {
      hint: `${ASK_HOST}; whoever runs it next asks anew`,
    });
  return new EntangleError('conflict', 'the node that asked was replaced; its approval is void', {
    hint: 'wait for the approval of the new attempt: `entangle user inbox`',
  });
};

/** A decision stands with its words: others would be dropped, and whoever wrote them would not know. */
const requireSameWords = async (
  home: Home,
  approval: RowOf<'approvals'>,
  text: CarriedText | null,
): Promise<void> => {
  const { message = null } = home.tables.get('decisions', approval.id, home.self.pubkey) ?? {};
  const said = await readBody<BodyOf<'approval.response'>>(home, message);
  if (!said || !text) return;
  if (said.reason === text.head && said.whole?.sha256 === text.whole?.sha256) return;
  throw new EntangleError('conflict', `you already ${DECIDED[said.decision]}, with other words`, {
    hint: 'wait for what comes of it: `entangle user inbox`',
  });
};

/** A heading and its lines. */
const AROUND_WORDS = 120;
/** The node shows its agent task and words as one text, and ends the session where that is too long to be shown. */
const requireRoom = ({ task, whole }: BodyOf<'approval.request'>, words: string): void => {
  const left = MAX_TEXT_BYTES - (whole?.size ?? utf8Length(task)) - AROUND_WORDS;
  if (utf8Length(words) <= left) return;
  throw new EntangleError(
    'usage',
    `the task and the words so far leave room for ${Math.max(0, left)} bytes, these are ${utf8Length(words)}`,
    { hint: 'shorten them, or put the details into a file of the repository' },
  );
};

/** One request that is decided: the digest that was `shown`, where something was, and the message that asked. */
export type WantedDecision = {
  approval: RowOf<'approvals'>;
  shown?: string | undefined;
  request?: string | undefined;
};
type SignedDecision = {
  approval: string;
  decision: string;
  approver: string;
  subjectDigest: string;
  session: string;
};

/** Changes are asked of a commit alone. */
export const requireCommit = ({ id, operation }: Pick<RowOf<'approvals'>, 'id' | 'operation'>): void => {
  if (operation === 'source.publish') return;
  throw new EntangleError(
    'usage',
    `${callWordsOf(operation).one} is approved or rejected; changes are asked of a commit`,
    { hint: `reject it, and the agent goes on: \`entangle user reject ${id} --reason "…"\`` },
  );
};

/** Refuses what is closed, expired, not put to this person, or another than what was shown. */
export const askedFor = async (
  user: User,
  { approval, shown, request }: WantedDecision,
  decision: Decision,
  reason: string,
): Promise<{ body: BodyOf<'approval.request'>; message: string }> => {
  const { home } = user;
  const { body, message } = await requestOf(user, approval);
  const isOther = shown !== undefined && shown !== `sha256:${body.subjectDigest}`;
  // The task that was shown is in the request, and not in the subject
  if (isOther || (request !== undefined && request !== message))
    throw new EntangleError(
      'conflict',
      'the approval asks for something else than was shown; nothing was signed',
      {
        hint: `see what it asks for: \`entangle user show ${approval.id}\``,
      },
    );
  requireOpen(home, approval, decision);
  if (decision === 'changes_wanted') {
    requireCommit({ id: approval.id, operation: body.subject.operation });
    requireRoom(body, reason);
  }
  if (body.subject.expiresAt <= nowSeconds(home))
    throw new EntangleError('conflict', 'this approval has expired');
  return { body, message };
};

/** Signs one decision about each of several subjects, or about none: where one of them cannot be decided, nothing is signed. */
export const decideAll = async (
  user: User,
  wanted: readonly WantedDecision[],
  decision: Decision,
  reason = '',
): Promise<SignedDecision[]> => {
  const { home, exchange } = user;
  const asked: { body: BodyOf<'approval.request'>; message: string }[] = [];
  for (const one of wanted) asked.push(await askedFor(user, one, decision, reason));
  const text = reason ? await carry(home, requireCarried('a reason', reason), MOST_BRIEF) : null;
  const sshsigs: (string | null)[] = [];
  for (const [at, { approval }] of wanted.entries()) {
    const isSaid = home.tables.get('decisions', approval.id, home.self.pubkey) !== undefined;
    sshsigs.push(decision !== 'approved' || isSaid ? null : await sshSignature(user, asked[at]!.body));
  }
  const responses = wanted.map(({ approval }, at): Draft<'approval.response'> => {
    const { body, message } = asked[at]!;
    const sshsig = sshsigs[at];
    return {
      type: 'approval.response',
      from: home.self.pubkey,
      to: approval.node,
      body: {
        approval: approval.id,
        decision,
        subject: body.subject,
        subjectDigest: body.subjectDigest,
        ...(text ? { reason: text.head, ...wholeOf(text) } : {}),
        ...(sshsig && { sshsig }),
      },
      re: message,
      dedup: `decide:${approval.id}`,
    };
  });
  // Again: of two that were begun together one was signed, and the other would pass for it
  await exchange.send(() => {
    for (const { approval } of wanted)
      requireOpen(home, home.tables.get('approvals', approval.id) ?? approval, decision);
    return responses;
  });
  for (const { approval } of wanted) {
    await requireSameWords(home, approval, text);
    const to = { pubkey: approval.node, name: nameOf(home, approval.node) };
    if (text?.whole) await handedOver(user, [text.whole.sha256], to);
  }
  const approver = npub(home.self.pubkey);
  return wanted.map(({ approval: { id, session } }, at) => {
    const subjectDigest = `sha256:${asked[at]!.body.subjectDigest}`;
    return { approval: id, decision, approver, subjectDigest, session };
  });
};

/** Signs one decision about one subject. */
export const decide = async (
  user: User,
  approval: RowOf<'approvals'>,
  decision: Decision,
  { reason, ...seen }: { reason?: string | undefined; shown?: string; request?: string } = {},
): Promise<SignedDecision> => {
  const [decided] = await decideAll(user, [{ approval, ...seen }], decision, reason);
  return decided!;
};
