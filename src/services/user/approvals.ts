/** Shows what an approval is about from the bytes themselves, and signs the decision. */

import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import { utf8Length } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { titleOf } from '../../core/projection/title.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Decision } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { nowSeconds } from '../messaging/home.ts';
import { type CarriedText, carry, MOST_BRIEF, requireCarried, wholeOf } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { allowedBy } from './allowed.ts';
import { handedOver } from './ask.ts';
import { type AskedView, askedView } from './asked-view.ts';
import { nameOf } from './peers.ts';
import type { User } from './user.ts';
import { approvalState, isOrphaned, ownDecision } from './views.ts';

export type ApprovalView = AskedView & {
  what: 'approval';
  operation: string;
  remote: string;
  ref: string;
  /** That there was another one of its session before; null for the first. */
  again: Again | null;
  expectedHead: string | null;
  decision: Decision | null;
  /** Why this person decided so, as far as a list has it. */
  reason: string | null;
  /** Whether the node that asked took that decision; null without one. */
  acknowledged: boolean | null;
};

/** Which commit of its session it is, and what this person wanted of the one before, as far as a list has it. */
export type Again = { count: number; words: string | null };

type AskedOfMe = { body: BodyOf<'approval.request'>; message: string };
/** The request that was put to this person, and the id of its message; null where none was. */
export const askedOfMe = async (home: Home, approval: string | null): Promise<AskedOfMe | null> => {
  const asked =
    approval === null ? undefined : home.tables.get('approval_requests', approval, home.self.pubkey);
  const body = asked && (await readBody<BodyOf<'approval.request'>>(home, asked.message));
  return body ? { body, message: asked.message } : null;
};

const requestOf = async ({ home }: User, approval: RowOf<'approvals'>): Promise<AskedOfMe> => {
  const asked = await askedOfMe(home, approval.id);
  if (asked) return asked;
  throw new EntangleError('not_found', 'you are not an approver of this');
};

/** With task and change as their bytes have them: nothing is taken from what the node says about it. */
export const showApproval = async (
  user: User,
  approval: RowOf<'approvals'>,
  waitMs: number,
): Promise<ApprovalView> => {
  const { body, message } = await requestOf(user, approval);
  const { operation, remote, ref, expectedHead } = body.subject;
  return {
    what: 'approval',
    ...(await askedView(user, { what: 'approval', row: approval, body, message, waitMs })),
    state: approvalState(user.home, approval),
    title: titleOf(body.task),
    allowed: allowedBy(user.home, approval.node),
    ...{ operation, remote, ref, expectedHead },
    again: againOf(user.home, approval),
    ...ownDecision(user.home, approval),
  };
};

/** By the order in which they were asked for; what a node never put to this person counts too. */
const againOf = (home: Home, approval: RowOf<'approvals'>): Again | null => {
  const before = home.tables
    .list('approvals', { session: approval.session })
    .filter(({ id, at, line }) => id !== approval.id && (at - approval.at || line - approval.line) < 0)
    .sort((one, two) => one.at - two.at || one.line - two.line);
  if (before.length === 0) return null;
  const wanted = before
    .map((one) => ownDecision(home, one))
    .filter((one) => one.decision === 'changes_wanted');
  return { count: before.length + 1, words: wanted.at(-1)?.reason ?? null };
};

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
  if (isOrphaned(home, approval))
    throw new EntangleError('conflict', 'the node that asked was replaced; its approval is void', {
      hint: 'wait for the approval of the new attempt: `entangle user inbox`',
    });
  if (approval.open === 1) return;
  const anew = approval.state === 'superseded';
  throw new EntangleError('conflict', `this approval is closed (${approval.state})`, {
    ...(anew && { hint: 'wait for what comes of the changes: it asks anew, see `entangle user inbox`' }),
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

/** Refuses what is closed, expired, not put to this person, or another than what was shown. */
const askedFor = async (
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
  if (decision === 'changes_wanted') requireRoom(body, reason);
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
  const responses = wanted.map(({ approval }, at): Draft<'approval.response'> => {
    const { body, message } = asked[at]!;
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
