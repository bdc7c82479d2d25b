/** A commit that a node made, published or not, brought to a place of the person's own: checked against what was signed before it is anywhere. */
import { shellWord } from '../../core/encoding/shell-word.ts';
import { EntangleError } from '../../core/errors.ts';
import { slicing } from '../../core/in-slices.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';
import { publishOf } from '../../core/protocol/subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { describedChange } from '../../core/source/described-change.ts';
import type { ArtifactState, SourceState } from '../../core/vocabulary.ts';
import type { FetchedCommit, OwnGit, PublishedCommit, SentCommit } from '../../ports/index.ts';
import { isTarget } from '../messaging/attribution.ts';
import { readBody } from '../messaging/read-event.ts';
import { askedOfMe } from './approval-view.ts';
import { arrivedBytes } from './arrived.ts';
import { madeBehind, showArtifact } from './artifacts.ts';
import type { User } from './user.ts';
import { isSignedByMe } from './views.ts';

export type FetchedView = PublishedCommit & {
  artifact: string | null;
  session: string;
  /** A name that only this program gives, of the session's id: nothing that a node says is in it. */
  ref: string;
  /** Where it is: the repository that has the reference, or the bundle. */
  at: string;
  /** Of the bundle; null of a reference. */
  bytes: number | null;
  /** It was there before. */
  wasThere: boolean;
  /** What was compared: the change with the digests that the approval binds to, or the id of the commit alone. */
  checked: 'change' | 'commit';
  isSigned: boolean;
  /** Of what is published nowhere: what became of it, and why, as its node says; null of what is published. */
  unpublished: { change: SourceState; why: string | null } | null;
  take: { name: string; command: string }[];
};

/** Into the repository here, as a reference that nothing checks out, or into a file that is not there yet. */
export const fetchArtifact = async (
  user: User,
  git: OwnGit,
  id: string,
  file: string | null,
): Promise<FetchedView> => {
  const { home } = user;
  const made = madeBehind(home, id);
  const { repository, branch, commit, session } = made;
  const at = file ?? (await requireRepository(git));
  const view = await showArtifact(user, made.id ?? made.approval ?? session);
  const unpublished = isGivenByItsNode(made.state) ? { change: view.change, why: view.why } : null;
  // Of one session there may be several that were not published
  const name = unpublished ? `${unpublished.change}/${session}-${commit.slice(0, 12)}` : session;
  const ref = `refs/remotes/entangle/${name}`;
  const put = publishOf((await askedOfMe(home, made.approval))?.body.subject);
  if (put && !isTarget({ operation: put.operation, target: put }, made)) throw otherThanAsked(made.session);
  const keep = async (got: FetchedCommit): Promise<FetchedView> => {
    if (put) await requireAsAsked(home, got, put, session);
    const bytes = file === null ? null : await got.writeTo(file, ref);
    const isNew = file !== null || (await got.keepAs(ref));
    return {
      ...{ artifact: made.id, session, repository, branch, commit, ref, at, bytes },
      wasThere: !isNew,
      checked: put ? 'change' : 'commit',
      isSigned: isSignedByMe(home, made),
      unpublished,
      take: file === null ? takeHere(commit) : takeFrom(file, ref),
    };
  };
  const place = { repository, branch, commit };
  if (!unpublished)
    return git.fetched(place, keep).catch((error: unknown) => {
      throw isAbsent(error) && view.change === 'proposed' ? notYet(session, error) : error;
    });
  const kept = await keptOf(user, view.message, session);
  return git.unpacked({ ...place, ...kept }, keep);
};

const isAbsent = (error: unknown): error is EntangleError =>
  error instanceof EntangleError && error.code === 'not_found';
/** The most usual reason, where nobody said anything else. */
const notYet = (session: string, cause: EntangleError): EntangleError =>
  new EntangleError(cause.code, `${cause.message}: it is not known to be published yet`, {
    hint: `see what it would be: \`entangle user artifact diff ${session}\``,
    cause,
  });

const requireRepository = async (git: OwnGit): Promise<string> => {
  const top = await git.top();
  if (top !== null) return top;
  throw new EntangleError('usage', 'this directory is in no git repository', {
    hint: 'change into your clone of the repository, or write a file: `--output FILE`',
  });
};

const otherThanAsked = (session: string): EntangleError =>
  new EntangleError('invalid', 'what was published is not what you were asked to approve; nothing was kept', {
    hint: `see what you were asked: \`entangle user artifact diff ${session}\``,
  });

/** The id of a commit is git's word for its files; these are compared as they were listed and shown. */
const requireAsAsked = async (
  { clock, suite }: User['home'],
  got: FetchedCommit,
  put: PublishSubject,
  session: string,
): Promise<void> => {
  if (got.parent === null) throw otherThanAsked(session);
  const { changes, hunks } = await describedChange(got.parent, got.changes(), suite.sha256, slicing(clock));
  if (changes !== put.changes || hunks !== put.hunks) throw otherThanAsked(session);
};

/** By the commit: a tag or a branch of the same short name would be taken instead. */
const takeHere = (commit: string): FetchedView['take'] => [
  { name: 'look at', command: `git diff HEAD...${commit}` },
  { name: 'take', command: `git merge ${commit}` },
];
const takeFrom = (file: string, ref: string): FetchedView['take'] => [
  { name: 'get', command: `git fetch ${shellWord(file)} ${ref}` },
  { name: 'take', command: 'git merge FETCH_HEAD' },
];

/** No remote has it: it comes from whoever made it. */
const isGivenByItsNode = (state: ArtifactState | null): boolean =>
  state === 'failed' || state === 'superseded';

const WAIT_MS = 30_000;
/** Named to whom its end was told, and to nobody else. */
const keptOf = async (
  user: User,
  message: string | null,
  session: string,
): Promise<Pick<SentCommit, 'base' | 'pack'>> => {
  const said = await readBody<BodyOf<'artifact.ref'>>(user.home, message);
  if (!said?.kept)
    throw new EntangleError('not_found', 'it is published nowhere, and its node gave you no copy of it', {
      hint: `see where its runner keeps it: \`entangle user show ${session}\``,
    });
  const { base, pack } = said.kept;
  return { base, pack: await arrivedBytes(user, 'the commit', pack, WAIT_MS) };
};
