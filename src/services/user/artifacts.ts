/** What a node made for a session: the change behind it, and what is known of it once it is a commit at a remote. */
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { sourceStateOf } from '../../core/machines/source.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { publishOf } from '../../core/protocol/subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { HEADS } from '../../core/source/remote.ts';
import type { ArtifactState, CallOperation, SourceState } from '../../core/vocabulary.ts';
import type { PublishedCommit } from '../../ports/index.ts';
import { artifactDedup } from '../messaging/attribution.ts';
import type { Home } from '../messaging/home.ts';
import { readBody } from '../messaging/read-event.ts';
import { askedOfMe, type PublishView, showApproval } from './approval-view.ts';
import { isOfCommit } from './bound-words.ts';
import { callWordsOf } from './operation-words.ts';
import { nameOf } from './peers.ts';
import { isMeant, pick, pickApproval, requireKnown } from './pick.ts';
import { type Signer, signerOf } from './shown-task.ts';
import { takeLines } from './taking.ts';
import type { User } from './user.ts';
import { approvalState, isSignedByMe, ownDecision } from './views.ts';

export const diffOfSession = async (user: User, id: string, waitMs: number): Promise<PublishView> => {
  const view = await showApproval(user, approvalBehind(user.home, id), waitMs);
  if (isOfCommit(view)) return view;
  throw ofCall(view);
};

const ofCall = ({ id, operation }: { id: string; operation: CallOperation }): EntangleError =>
  new EntangleError(
    'not_found',
    `this approval is of ${callWordsOf(operation).one}: nothing is published by it`,
    {
      hint: `see what it asks for: \`entangle user show ${id}\``,
    },
  );

const approvalBehind = (home: Home, id: string): RowOf<'approvals'> => {
  requireKnown(home, id);
  if (isMeant(home, 'artifacts', id)) return newestOf(home, pick(home, 'artifacts', id).session);
  if (isMeant(home, 'sessions', id)) return newestOf(home, pick(home, 'sessions', id).id);
  return pick(home, 'approvals', id);
};

const newestOf = (home: Home, session: string): RowOf<'approvals'> => {
  const approval = home.tables.list('approvals', { session, operation: 'source.publish' }).at(-1);
  if (approval) return approval;
  throw new EntangleError('not_found', 'no change of this session needs your approval', {
    hint: 'fetch what was published with `entangle user artifact fetch`: only changes that need your approval are sent to you',
  });
};

/** Null in `id` and `state`: its node has told nobody here that it is published, and what is known is what was to be approved. */
type Made = PublishedCommit & {
  id: string | null;
  state: ArtifactState | null;
  session: string;
  by: string;
  approval: string | null;
};

export type ArtifactView = Omit<Made, 'by'> & {
  /** As far as it is known here. */
  change: SourceState;
  title: string;
  node: string;
  /** Whose signature says where it is. */
  signer: Signer;
  /** The signed message that does, and when by its sender's clock; null with `id`. */
  message: string | null;
  at: string | null;
  /** Why it is not published, as its node says; null where it says nothing. */
  why: string | null;
  /** Its node gave a copy of it, since no remote has it. */
  kept: boolean;
  /** Where the approval was put to this person: what it binds to. */
  approved: {
    state: RowOf<'approvals'>['state'];
    decision: RowOf<'decisions'>['decision'] | null;
    subjectDigest: string;
    /** Of the list of files, and of the document that is shown of them. */
    changes: string;
    hunks: string;
    documentBytes: number;
    files: number;
  } | null;
  /** This person approved exactly this commit for this branch. */
  isSigned: boolean;
  take: ReturnType<typeof takeLines>;
};

/** By the id of an artifact, its session or its approval. */
export const madeBehind = (home: Home, id: string): Made => {
  requireKnown(home, id);
  if (isMeant(home, 'artifacts', id)) return told(pick(home, 'artifacts', id));
  if (isMeant(home, 'sessions', id)) return ofSession(home, pick(home, 'sessions', id));
  const approval = pickApproval(home, id, true);
  const [known] = home.tables.list('artifacts', { approval: approval.id });
  return known ? told(known) : asked(approval);
};

const told = ({ commit_id, ...row }: RowOf<'artifacts'>): Made => ({ ...row, commit: commit_id });

/** Where something of the session was put to this person, only what names that: a node may publish something else beside it. */
const ofSession = (home: Home, { id, open }: RowOf<'sessions'>): Made => {
  const known = home.tables.list('artifacts', { session: id });
  const put = home.tables
    .list('approvals', { session: id })
    .filter((one) => one.operation === 'source.publish')
    .filter((one) => home.tables.get('approval_requests', one.id, home.self.pubkey) !== undefined);
  const named = put.length === 0 ? known : known.filter((one) => put.some((it) => it.id === one.approval));
  const approval = put.at(-1);
  // What its newest question is about, which may be told of later than it is asked
  const newest = approval ? named.find((one) => one.approval === approval.id) : named.at(-1);
  const found = named.findLast(({ state }) => state === 'published') ?? newest;
  if (found) return told(found);
  if (approval) return asked(approval);
  throw new EntangleError('not_found', `nothing of session ${id} is published`, {
    hint:
      open === 1
        ? `wait for it: \`entangle user wait ${id}\``
        : `see how it ended: \`entangle user show ${id}\``,
  });
};

const asked = ({ id, session, node, operation, target }: RowOf<'approvals'>): Made => {
  if (operation !== 'source.publish') throw ofCall({ id, operation });
  if (target === null)
    throw new EntangleError('not_found', 'it is not known here what this approval is about');
  const { remote, ref, commit } = target;
  const branch = ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
  return { id: null, state: null, session, by: node, approval: id, repository: remote, branch, commit };
};

export type ListedArtifact = Omit<Made, 'by'> & Pick<ArtifactView, 'change' | 'title' | 'node' | 'isSigned'>;

/** Changes that are listed, and files. */
export const MOST_MADE = 200;
/** What was made for this person, or put to them, by when it was made, the newest first; so many at most. */
export const listArtifacts = ({ home }: User, of: SourceState | null = null): { items: ListedArtifact[] } => {
  const known = home.tables.list('artifacts').map(told);
  const isTold = new Set(known.map(({ approval }) => approval));
  const put = home.tables
    .list('approvals', { operation: 'source.publish' })
    .filter((row) => !isTold.has(row.id) && row.target !== null)
    .filter((row) => home.tables.get('approval_requests', row.id, home.self.pubkey) !== undefined)
    .map(asked);
  // Their ids begin with a time, and are made together
  const timed = ({ id, approval }: Made): string => id ?? approval ?? '';
  const items = [...known, ...put]
    .sort((one, two) => (timed(one) < timed(two) ? 1 : -1))
    .map((made) => listed(home, made))
    .filter(({ change }) => of === null || change === of);
  return { items: items.slice(0, MOST_MADE) };
};

const listed = (home: Home, { by, ...made }: Made): ListedArtifact => {
  const row = made.approval === null ? undefined : home.tables.get('approvals', made.approval);
  return {
    ...made,
    change: sourceStateOf(made.state, row ? approvalState(home, row) : null),
    title: home.tables.get('sessions', made.session)?.title ?? row?.title ?? '',
    node: nameOf(home, by),
    isSigned: isSignedByMe(home, made),
  };
};

export const showArtifact = async ({ home }: User, id: string): Promise<ArtifactView> => {
  const found = madeBehind(home, id);
  const { by, ...made } = found;
  const { approval } = made;
  const row = approval === null ? undefined : home.tables.get('approvals', approval);
  const request = (await askedOfMe(home, approval))?.body;
  const put = publishOf(request?.subject);
  const dedup = made.state === null ? '' : artifactDedup(made.id ?? '', made.state);
  const [message] = home.tables.list('messages', {
    ...{ sender: by, recipient: home.self.pubkey, type: 'artifact.ref', dedup },
  });
  const said = await readBody<BodyOf<'artifact.ref'>>(home, message?.id ?? null);
  return {
    ...listed(home, found),
    why: said?.why ?? null,
    kept: said?.kept !== undefined,
    signer: signerOf(home, by),
    message: message?.id ?? null,
    at: message ? shownTime(message.at) : null,
    approved:
      row && request && put
        ? {
            state: approvalState(home, row),
            decision: ownDecision(home, row).decision,
            subjectDigest: `sha256:${request.subjectDigest}`,
            changes: `sha256:${put.changes}`,
            hunks: `sha256:${put.hunks}`,
            documentBytes: request.size,
            files: request.files,
          }
        : null,
    take: takeLines(made),
  };
};
