/**
 * A session as the tree that it is of: who asked whom, with what each node signed to this person. Of what was given away
 * they are told only what it asks them: that it is a part of this tree is the word of its own node, and is shown as that.
 */
import { familyOf } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { questionState } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { ApprovalState, SessionHold, SessionState } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import type { ChangeCount } from './change-totals.ts';
import { nameOf } from './peers.ts';
import { questionsOf, stateOfQuestion } from './questions.ts';
import type { ToldTurn } from './traces.ts';
import type { User } from './user.ts';
import { approvalState, shownState } from './views.ts';

type Approval = RowOf<'approvals'>;
type Escalation = RowOf<'questions'>;
/** Whatever of a session came here along its path: an approval or an escalation. */
type Kin = Pick<Approval, 'session' | 'node' | 'path' | 'line'> &
  ({ approval: Approval; escalation?: never } | { escalation: Escalation; approval?: never });
/** What is known of this person's node, and how a change is counted where somebody looks at that. */
type Looking = Pick<User, 'home' | 'traces'> & { count(of: Approval): ChangeCount | null };
const counting = ({ home, traces, totals }: User): Looking => ({
  ...{ home, traces },
  count: (of) => totals.of(of),
});

export type TreeNode = {
  /** Names from whoever launched it down to this node. */
  path: string[];
  node: string;
  /** Null where nothing of its session came here. */
  session: string | null;
  /** `all`: its states are told to this person; `asked`: what it asked them alone; `named`: as a node below it has it. */
  told: 'all' | 'asked' | 'named';
  /** Null where it tells that to whoever gave it the task. */
  state: SessionState | SessionHold | null;
  /** What became of what it asked last. */
  approval: ApprovalState | null;
  /** What became of what it put to this person in words last. */
  escalation: ReturnType<typeof stateOfQuestion> | null;
  attempt: number | null;
  turn: number | null;
  /** The last that it made; lines are counted here, null where that was not possible. */
  change: { commit: string; files: number; count: ChangeCount | null } | null;
};
export type SessionTree = {
  requester: string;
  since: string | null;
  /** The request is this person's own; else it is as the nodes below have it. */
  isOwn: boolean;
  /** Each before what it gave away. */
  nodes: TreeNode[];
};

/** So many of one moment are looked at. */
const MOST_KIN = 64;

/** The newest turn that its node told of, with its end or while it runs. */
export const turnToldOf = (
  { home, traces }: Pick<Looking, 'home' | 'traces'>,
  session: string,
  by: string,
  attempt?: number,
): ToldTurn | null => {
  const told = home.tables
    .list('transcripts', { session, by })
    .filter((row) => attempt === undefined || row.attempt === attempt)
    .at(-1);
  const running = traces.turnOf(session, by);
  const isNewer =
    running !== null &&
    (!told ||
      running.attempt > told.attempt ||
      (running.attempt === told.attempt && running.turn > told.turn));
  return isNewer ? running : told ? { attempt: told.attempt, turn: told.turn } : null;
};

const lastOf = (asked: readonly Approval[]): Approval | undefined =>
  asked.findLast(({ target }) => target !== null);
const changeOf = ({ count }: Looking, asked: readonly Approval[]): TreeNode['change'] => {
  const last = lastOf(asked);
  return last?.target ? { commit: last.target.commit, files: last.files, count: count(last) } : null;
};

/** What is of one moment stands together by its ids; nothing behind it is read. */
const ofFamily = <R>(
  family: string,
  idOf: (row: R) => string,
  next: (after: string) => R | undefined,
): R[] => {
  const found: R[] = [];
  for (let after = family; found.length < MOST_KIN; ) {
    const row = next(after);
    if (!row || familyOf(idOf(row)) !== family) break;
    found.push(row);
    after = idOf(row);
  }
  return found;
};

type In = (tables: Home['tables'], session: string) => Kin[];
const approvalsIn: In = (tables, session) =>
  tables.list('approvals', { session }).map((approval) => ({ ...approval, approval }));
// A question that is none has no path, and so no place in a tree
const escalationsIn: In = (tables, session) =>
  tables.list('questions', { session }).map((escalation) => ({ ...escalation, escalation }));
const inOrder = (kin: Kin[]): Kin[] => kin.sort((a, b) => a.line - b.line);

/** What sessions whose ids were derived at one moment asked, as it came. */
const kinOf = ({ home: { tables } }: Pick<User, 'home'>, id: string): Kin[] => {
  const all = (table: 'approvals' | 'questions', kinIn: In): Kin[] =>
    ofFamily(
      familyOf(id),
      (session: string) => session,
      (after) => tables.list(table, {}, { order: 'session', after, limit: 1 })[0]?.session,
    ).flatMap((session) => kinIn(tables, session));
  return inOrder([...all('approvals', approvalsIn), ...all('questions', escalationsIn)]);
};

/** Sessions of one moment whose node was asked by whom a path begins with. */
const rootsOf = (home: Home, id: string, path: readonly string[]): RowOf<'sessions'>[] =>
  ofFamily(
    familyOf(id),
    (row: RowOf<'sessions'>) => row.id,
    (after) => home.tables.list('sessions', {}, { order: 'id', after, limit: 1 })[0],
  ).filter((row) => begins(path, startOf(home, row)));

const begins = (path: readonly string[], start: readonly string[]): boolean =>
  start.every((name, at) => path[at] === name);

const approvalsOf = (asked: readonly Kin[]): Approval[] =>
  asked.flatMap(({ approval }) => (approval ? [approval] : []));

/** One that was given away, by what it asked. */
const askedNode = (user: Looking, asked: readonly Kin[]): TreeNode => {
  const { home } = user;
  const last = asked.at(-1)!;
  const approvals = approvalsOf(asked);
  const [approval, put] = [approvals.at(-1), asked.findLast(({ escalation }) => escalation)?.escalation];
  const state = approval ? approvalState(home, approval) : null;
  const escalation = put ? stateOfQuestion(home, put) : null;
  const waits = state === 'pending' ? 'waiting_approval' : escalation === 'open' ? 'waiting_answer' : null;
  const turn = turnToldOf(user, last.session, last.node);
  return {
    ...{ path: last.path, node: last.path.at(-1) ?? nameOf(home, last.node), session: last.session },
    ...{ told: 'asked', state: waits, approval: state, escalation },
    ...{ attempt: turn?.attempt ?? null, turn: turn?.turn ?? null, change: changeOf(user, approvals) },
  };
};

/** Of whom nothing came here but the name in the path of another. */
const namedNode = (path: string[]): TreeNode => ({
  ...{
    path,
    node: path.at(-1) ?? '',
    session: null,
    told: 'named',
    state: null,
    approval: null,
    escalation: null,
  },
  ...{ attempt: null, turn: null, change: null },
});

/** Below a path, each before what is below it; where several sessions have one path, nobody knows which gave what away. */
const below = (all: readonly TreeNode[], start: readonly string[]): TreeNode[] => {
  const under = all.filter(({ path }) => path.length > start.length && begins(path, start));
  const names = [...new Set(under.map(({ path }) => path[start.length]!))];
  return names.flatMap((name) => {
    const path = [...start, name];
    const here = under.filter((one) => one.path.length === path.length && begins(one.path, path));
    const rest = below(under, path);
    return rest.length > 0 && here.length !== 1 ? [...here, namedNode(path), ...rest] : [...here, ...rest];
  });
};

const bySession = (asked: readonly Kin[]): Kin[][] => [
  ...Map.groupBy(asked, ({ session }) => session).values(),
];
const grouped = (user: Looking, asked: readonly Kin[]): TreeNode[] =>
  bySession(asked).map((group) => askedNode(user, group));

/** The one session of this person that such a path may begin with; of two, none is taken for it. */
export const rootSession = (home: Home, id: string): RowOf<'sessions'> | null => {
  const own = home.tables.get('sessions', id);
  if (own) return own;
  const [first] = inOrder([...approvalsIn(home.tables, id), ...escalationsIn(home.tables, id)]);
  const [one, ...others] = first ? rootsOf(home, id, first.path) : [];
  return one && others.length === 0 ? one : null;
};
const startOf = (home: Home, row: RowOf<'sessions'>): [string, string] => [
  nameOf(home, row.requester),
  nameOf(home, row.node),
];

/** For this person. */
export const isWaiting = ({ state }: TreeNode): boolean =>
  state === 'waiting_approval' || state === 'waiting_answer';

const waitOf = (home: Home, row: RowOf<'sessions'>, given: readonly TreeNode[]): TreeNode['state'] => {
  const state = shownState(home, row);
  if (state !== 'active') return state;
  if (questionsOf(home, row.id).some((one) => questionState(home.tables, one) === 'open'))
    return 'waiting_answer';
  return given.some(isWaiting) ? 'waiting_child' : state;
};

const ownTree = (user: Looking, row: RowOf<'sessions'>): SessionTree => {
  const { home } = user;
  const path = startOf(home, row);
  const twins = rootsOf(home, row.id, path);
  const isPart = (one: Kin) => one.path.length > path.length && begins(one.path, path);
  // Two of one moment, to one node: what either gave away may be of the other
  const given = twins.length > 1 ? [] : below(grouped(user, kinOf(user, row.id).filter(isPart)), path);
  const turn = turnToldOf(user, row.id, row.node, row.attempt);
  const own = home.tables.list('approvals', { session: row.id }).sort((a, b) => a.line - b.line);
  const node: TreeNode = {
    ...{ path, node: path[1], session: row.id, told: 'all', state: waitOf(home, row, given) },
    ...{ approval: own.length > 0 ? approvalState(home, own.at(-1)!) : null, escalation: null },
    ...{ attempt: row.attempt, turn: turn?.turn ?? null, change: changeOf(user, own) },
  };
  const isOwn = row.requester === home.self.pubkey;
  return { requester: path[0], since: shownTime(row.at), isOwn, nodes: [node, ...given] };
};

/** Of a session of this person, of what was given away in one, or of somebody else's as far as it asked them; else null. */
export const sessionTree = (user: User, id: string): SessionTree | null => treeOf(counting(user), id);
const treeOf = (user: Looking, id: string): SessionTree | null => {
  const root = rootSession(user.home, id);
  if (root) return ownTree(user, root);
  const kin = kinOf(user, id);
  const launcher = kin.findLast(({ session }) => session === id)?.path[0];
  if (launcher === undefined) return null;
  const nodes = below(grouped(user, kin), [launcher]);
  return { requester: launcher, since: null, isOwn: false, nodes };
};

/** The same, when the changes in it that can be counted were. */
export const countedTree = async (user: User, id: string): Promise<SessionTree | null> => {
  for (const last of bySession(kinOf(user, id)).map((asked) => lastOf(approvalsOf(asked))))
    if (last) await user.totals.count(last);
  return sessionTree(user, id);
};

/** A session, and what was given away in it as far as that came here. */
export const sessionsBelow = ({ home, traces }: User, id: string): string[] => {
  const nodes = treeOf({ home, traces, count: () => null }, id)?.nodes ?? [];
  const path = nodes.find((one) => one.session === id)?.path;
  const given = path ? nodes.filter((one) => one.path.length > path.length && begins(one.path, path)) : [];
  return [id, ...new Set(given.flatMap(({ session }) => (session === null ? [] : [session])))];
};
