/** The tree of a session: what each node signed to this person, what only another says of it, and nothing else. */
import { describe, expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, fileOf, type Question, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { derivedId } from '../../core/encoding/id.ts';
import { replyToQuestion } from './answers.ts';
import { sessionById } from './live.ts';
import { pickQuestion } from './pick.ts';
import { showThing } from './show.ts';
import { traceSession } from './trace.ts';
import { sessionTree } from './tree.ts';
import { treeLine, treeRows } from './tree-words.ts';

const CHILD = derivedId(SESSION, 'c'.repeat(64));
const GRANDCHILD = derivedId(CHILD, 'd'.repeat(64));
const GRAPH = `graph: acme
nodes:
  alice: { kind: user, pubkey: $user }
  bob: { kind: user, pubkey: $bob }
  builder: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }
  tester: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }
edges: [alice delegates_to builder, alice approves builder, alice approves tester, tester escalates_to alice]
`;
const KEYS = { alice: 'user', bob: 'bob', builder: 'node', tester: 'peer' } as const;
const PATH = ['alice', 'builder', 'tester'];

const begin = async () => {
  const one = await startSingleSession();
  await one.alice.hearRoutes(KEYS as never, GRAPH);
  await one.update('accepted');
  await one.update('active');
  const { alice } = one;
  const childAsks = (question: Question = {}) =>
    alice.askApproval({ from: 'peer', session: CHILD, path: PATH, ...question });
  const rows = (id = SESSION) => treeRows(sessionTree(alice.user, id)!, () => 'then').map(treeLine);
  return { ...one, childAsks, rows };
};

const ESCALATION = uuidOf(0xe5);
const escalates = ({ alice }: Awaited<ReturnType<typeof begin>>, session = CHILD, path = PATH) =>
  alice.hear({
    ...{ type: 'escalation', from: 'peer', to: 'user' },
    body: { question: ESCALATION, session, attempt: 1, step: 1, text: 'may it?', path },
  });

test('a session is traced with what was given away in it, and that alone without', async () => {
  const { alice, childAsks } = await begin();
  await childAsks();
  const traced = async (id: string) => {
    const told: string[] = [];
    const signal = new AbortController().signal;
    await traceSession(alice.user, id, { follow: false, signal }, (row) =>
      told.push(`${row.signer} ${row.is === 'signed' ? row.type : row.is}`),
    );
    return told;
  };
  const own = ['alice task.request', 'builder task.accept', 'builder task.update'];
  expect(await traced(SESSION)).toEqual([...own, 'tester approval.request']);
  expect(await traced(CHILD)).toEqual(['tester approval.request']);
});

test('what only escalated is traced with what it is of', async () => {
  const one = await begin();
  await escalates(one);
  const told: string[] = [];
  const once = { follow: false, signal: new AbortController().signal };
  await traceSession(one.alice.user, SESSION, once, (row) => told.push(row.signer));
  expect(told.at(-1)).toBe('tester');
});

describe('of a session of one’s own', () => {
  test('is who asked, and its node with its state, each signed', async () => {
    const { rows, update } = await begin();
    expect(rows()).toEqual(['requested by alice, then  ✓ signed', '└ builder  active  ✓ signed']);
    await update('waiting_approval');
    expect(rows().at(-1)).toBe('└ builder  waiting approval  ✓ signed');
  });

  test('has the turn that its node told of last, and the change that it asked for, counted here', async () => {
    const { alice, rows } = await begin();
    const told = { attempt: 1, turn: 2, sha256: '00'.repeat(32), size: 1, blobs: ['00'.repeat(32)] };
    await alice.askApproval({ files: fileOf('one\ntwo\n'), transcript: told });
    expect(rows().at(-1)).toBe('└ builder  active · turn 2 · c0c0c0c (1 file)  ✓ signed');
    const { tree } = (await showThing(alice.user, SESSION, 0)) as { tree: { nodes: unknown[] } };
    expect(tree.nodes).toMatchObject([{ turn: 2, change: { files: 1, count: { added: 2, removed: 0 } } }]);
    expect(rows().at(-1)).toBe('└ builder  active · turn 2 · c0c0c0c +2 -0 (1 file)  ✓ signed');
    const at = { session: SESSION, attempt: 1, turn: 3, run: 'ab'.repeat(8), at: 0, bytes: 1, text: 'x' };
    await alice.hear({ type: 'turn.trace', from: 'node', to: 'user', body: at });
    expect(rows().at(-1)).toContain(' · turn 3 · ');
  });

  test('counts no change that is another than the signed one', async () => {
    const { alice } = await begin();
    await alice.askApproval({ subject: { changes: '00'.repeat(32) } });
    const { tree } = (await showThing(alice.user, SESSION, 0)) as { tree: { nodes: unknown[] } };
    expect(tree.nodes).toMatchObject([{ change: { files: 1, count: null } }]);
  });

  test('says that it waits for an answer', async () => {
    const { alice, rows } = await begin();
    const { request } = alice.home.tables.get('sessions', SESSION)!;
    const body = { session: SESSION, attempt: 1, step: 2, question: uuidOf(0xb9), text: 'which port?' };
    await alice.hear({ type: 'question', from: 'node', to: 'user', re: request!, body });
    expect(sessionTree(alice.user, SESSION)?.nodes).toMatchObject([{ state: 'waiting_answer' }]);
    expect(rows().at(-1)).toBe('└ builder  waiting for your answer  ✓ signed');
  });
});

describe('what was given away', () => {
  test('stands below who gave it, which waits for it; that it did so is the word of the child', async () => {
    const { alice, childAsks, rows } = await begin();
    await childAsks();
    expect(rows()).toEqual([
      'requested by alice, then  ✓ signed',
      '└ builder  waiting for tester  ✓ signed',
      '  └ tester  waiting approval · c0c0c0c (1 file)  ✓ signed',
      '    that builder gave it this is the word of tester; how it goes it tells builder  ≈ claimed',
    ]);
    expect(rows(CHILD)).toEqual(rows());
    expect(sessionById(alice.user, CHILD)).toMatchObject({ id: SESSION });
  });

  test('is not said to go on when its approval is over: that is told to who gave it', async () => {
    const { alice, childAsks, rows } = await begin();
    const { subjectDigest, event } = await childAsks();
    const closed = { approval: APPROVAL, session: CHILD, state: 'approved' as const, subjectDigest };
    await alice.hear({ type: 'approval.closed', from: 'peer', to: 'user', re: event.id, body: closed });
    expect(rows().slice(1, 3)).toEqual([
      '└ builder  active  ✓ signed',
      '  └ tester  what it asked you: approved · c0c0c0c (1 file)  ✓ signed',
    ]);
  });

  test('stands there too by what it puts to this person alone, with what became of that', async () => {
    const one = await begin();
    const { alice, rows } = one;
    await escalates(one);
    const place =
      '    that builder gave it this is the word of tester; how it goes it tells builder  ≈ claimed';
    expect(rows().slice(1)).toEqual([
      '└ builder  waiting for tester  ✓ signed',
      '  └ tester  waiting for your answer  ✓ signed',
      place,
    ]);
    expect(rows(CHILD)).toEqual(rows());
    await replyToQuestion(alice.user, pickQuestion(alice.home, ESCALATION), 'yes');
    expect(rows().slice(1)).toEqual([
      '└ builder  active  ✓ signed',
      '  └ tester  what it asked you: answered  ✓ signed',
      place,
    ]);
  });

  test('waits for nothing any more where its key was replaced', async () => {
    const one = await begin();
    await escalates(one);
    await one.alice.hearRoutes({ ...KEYS, tester: 'runner' } as never, GRAPH);
    expect(one.rows()[2]).toBe('  └ tester  what it asked you: over  ✓ signed');
  });

  test('is not what escalated in a task that another launched', async () => {
    const one = await begin();
    await escalates(one, CHILD, ['bob', 'builder', 'tester']);
    expect(one.rows()).toHaveLength(2);
  });

  test('through a node of which nothing came here: that is named, and claimed', async () => {
    const { childAsks, rows } = await begin();
    const path = ['alice', 'builder', 'planner', 'tester'];
    await childAsks({ session: GRANDCHILD, path });
    expect(rows().slice(2, 5)).toEqual([
      '  └ planner  not told to you  ≈ claimed',
      '    only the nodes below it name it  ≈ claimed',
      '    └ tester  waiting approval · c0c0c0c (1 file)  ✓ signed',
    ]);
  });

  test.each([
    ['of another moment', { session: uuidOf(1).replace('0193', '0194') }],
    ['that another launched', { path: ['bob', 'builder', 'tester'] }],
    ['that went through another node', { path: ['alice', 'planner', 'tester'] }],
  ])('is not what is %s', async (_, question) => {
    const { childAsks, rows } = await begin();
    await childAsks(question);
    expect(rows()).toHaveLength(2);
  });

  test('is not lost behind sessions of other moments, and nothing behind its own is read', async () => {
    const { alice, childAsks, rows } = await begin();
    for (const at of ['0192', '0194', '0195'])
      await childAsks({ session: CHILD.replace('0193', at), approval: uuidOf(Number(at)) });
    await childAsks();
    const { list } = alice.home.tables;
    const read: unknown[] = [];
    alice.home.tables.list = ((...args: Parameters<typeof list>) => {
      const found = list.apply(alice.home.tables, args);
      if (args[0] === 'approvals') read.push(...found);
      return found;
    }) as typeof list;
    expect(rows()).toHaveLength(4);
    expect(read.length).toBeLessThan(6);
  });

  test('is put below neither of two sessions of one moment and one node', async () => {
    const { alice, childAsks, rows } = await begin();
    await childAsks();
    await alice.launch('user', uuidOf(0xb1));
    expect(rows()).toHaveLength(2);
    expect(sessionById(alice.user, CHILD)).toBeNull();
  });
});

test('of a session of somebody else is what it asked this person, and who launched it is claimed', async () => {
  const alice = await startSingleUser();
  expect(sessionTree(alice.user, SESSION)).toBeNull();
  await alice.askApproval({ path: ['bob', 'builder'] });
  const rows = treeRows(sessionTree(alice.user, SESSION)!, () => 'then').map(treeLine);
  expect(rows).toEqual([
    'requested by bob  ≈ claimed',
    '└ builder  waiting approval · c0c0c0c (1 file)  ✓ signed',
    '  how it goes it tells bob  ≈ claimed',
  ]);
});
