/**
 * A person at work in the test's own process, by what their commands call. A command is a start of the program, many times
 * what it then does: stories use it where it is looked at itself, as `commands`, `read-only` and `up` do, and this on their way.
 */
import { promptHere } from '../../src/cli/kit/confirm.ts';
import { newFile } from '../../src/cli/kit/new-file.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { approveShown, type Decided, rejectApproval, requestChanges } from '../../src/cli/user/decide.ts';
import { fetchedTo } from '../../src/cli/user/fetched.ts';
import { tellTranscript } from '../../src/cli/user/transcript.ts';
import { type UserSession, wireUser } from '../../src/cli/wiring/user-session.ts';
import type { SessionWait } from '../../src/core/command-words.ts';
import { EntangleError } from '../../src/core/errors.ts';
import { type Replied, replyToQuestion } from '../../src/services/user/answers.ts';
import { MOST_MADE } from '../../src/services/user/artifacts.ts';
import { cancel } from '../../src/services/user/ask.ts';
import { type ListedFile, listFiles } from '../../src/services/user/files.ts';
import { pick, pickQuestion } from '../../src/services/user/pick.ts';
import { showThing } from '../../src/services/user/show.ts';
import { inbox } from '../../src/services/user/views.ts';
import { askAndWait, type Waited, waitForSession } from '../../src/services/user/wait.ts';

const SYNC_MS = 2_000;
const SHOW_MS = 5_000;
const WAIT_MS = 300_000;

const opened = (home: string): Promise<UserSession> =>
  wireUser(resolveHome(home, {}, home), 'default', {
    ...{ passphraseFile: undefined, input: false, log: () => {}, syncMs: SYNC_MS },
  });

/** By their homes, those who have theirs open. */
const staying = new Map<string, UserSession>();

/** Keeps the home of a person open for all that they do until this is called back, as a screen of theirs would. */
export const stayOpen = async (home: string): Promise<() => Promise<void>> => {
  const user = await opened(home);
  staying.set(home, user);
  return async () => {
    staying.delete(home);
    await user.close();
  };
};

/** Opened and closed as each command does it, unless it stays open; what was said is on its way when this resolves. */
const asPerson = async <T>(home: string, act: (user: UserSession) => Promise<T>): Promise<T> => {
  const open = staying.get(home);
  if (open) return act(open);
  const user = await opened(home);
  try {
    return await act(user);
  } finally {
    await user.close();
  }
};

/** The session of the task. */
export const askAs = (home: string, node: string, task: string): Promise<string> =>
  asPerson(home, async (user) => {
    const asked = await askAndWait(user, node, { task, files: [] }, null);
    return 'session' in asked ? asked.session : asked.id;
  });

/** The session once it completed or asks its user; fails when it ends otherwise. */
export const waitAs = (home: string, session: string, waitFor: SessionWait = 'end'): Promise<Waited> =>
  asPerson(home, (user) => waitForSession(user, session, { timeoutMs: WAIT_MS, waitFor }));

/** What `user show` has of it; `T` says what it is. */
export const showAs = <T>(home: string, id: string): Promise<T> =>
  asPerson(home, async (user) => JSON.parse(JSON.stringify(await showThing(user, id, SHOW_MS))) as T);

/** What a script does that looked at an approval: names the digest of what it saw. */
export const approveAs = (home: string, approval: string): Promise<Decided> =>
  asPerson(home, async (user) => {
    const shown = await showThing(user, approval, SHOW_MS);
    if (!('subjectDigest' in shown)) throw new Error(`${approval} is no approval`);
    return approveShown(user, approval, { subjectDigest: shown.subjectDigest, noInput: true });
  });

/** The first of the inbox that fits, once it is there. */
export const inboxAs = async <T>(home: string, fits: (item: T) => boolean): Promise<T> => {
  const found = await asPerson(home, (user) =>
    user.until(() => (inbox(user.home, false).items as T[]).find(fits), WAIT_MS),
  );
  if (found === null) throw new Error('nothing that fits came into the inbox');
  return found;
};

/** Says why, as the command wants it; nobody is asked anything. */
export const rejectAs = (home: string, approval: string, reason: string): Promise<Decided> =>
  asPerson(home, (user) => rejectApproval(user, approval, reason, promptHere(true)));

export const wantChangesAs = (home: string, approval: string, words: string): Promise<Decided> =>
  asPerson(home, (user) => requestChanges(user, approval, words, promptHere(true)));

export const replyAs = (home: string, question: string, answer: string): Promise<Replied> =>
  asPerson(home, (user) => replyToQuestion(user, pickQuestion(user.home, question), answer));

export const cancelAs = (home: string, session: string, reason: string): Promise<void> =>
  asPerson(home, async (user) => {
    await cancel(user, pick(user.home, 'sessions', session), reason);
  });

/** What its last turn printed, fetched from its node; nothing where no turn told of any. */
export const transcriptAs = (home: string, session: string): Promise<string> =>
  asPerson(home, async (user) => {
    try {
      return (await tellTranscript(user, session, { output: undefined })).text ?? '';
    } catch (error) {
      if (error instanceof EntangleError && error.code === 'not_found') return '';
      throw error;
    }
  });

/** What `user artifact list` has of files that nodes gave. */
export const filesAs = (home: string): Promise<ListedFile[]> =>
  asPerson(home, async (user) => listFiles(user, MOST_MADE));

/** Writes a file that a node gave, or a bundle of a commit, to a new file. */
export const fetchAs = (home: string, id: string, output: string): Promise<unknown> =>
  asPerson(home, async (user) => fetchedTo(user, id, await newFile(output)));

/** Has the home open until the result of the session came. */
export const resultAs = (home: string, session: string): Promise<unknown> =>
  asPerson(home, (user) =>
    user.until(() => user.home.tables.count('messages', { type: 'task.result', session }) > 0, WAIT_MS),
  );
