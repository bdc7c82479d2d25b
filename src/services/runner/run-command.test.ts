/** A command that an engine has its runner run: what people are asked about, what runs, and what is told of it. */
import { expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { RUNNER_GRAPH, type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { Hands, OwnCommand } from '../../ports/index.ts';

const S = uuidOf(0xe1);
const ASKED_GRAPH = RUNNER_GRAPH.replace(
  'approval: {',
  'approval: { command.run: { by: [alice], quorum: 1, binding: exact },',
);
type Answer = { ok: boolean; exit?: number; output?: string; error?: { code: string; message: string } };
const COMMAND = { argv: ['make', 'all'], cwd: 'src', env: { CC: 'tcc' }, stdin: 'yes\n' };

const never = new Promise<never>(() => {});
/** `leaves`: when its engine goes without its answer. */
const running = async (
  said: object = COMMAND,
  graph = ASKED_GRAPH,
  hands: Partial<Hands> = {},
  leaves: Promise<void> = never,
) => {
  const answers: Answer[] = [];
  const ran: OwnCommand[] = [];
  const own: Hands = {
    objection: () => null,
    tree: async () => 'tree 1',
    run: async (command) => {
      ran.push(command);
      return { exit: 2, output: 'made\n', isCut: false };
    },
    ...hands,
  };
  const script = async ({ directive }: EngineTurn) => {
    const answer = await Promise.race([directive(JSON.stringify({ run: said }), own), leaves]);
    if (answer) answers.push(JSON.parse(answer));
  };
  const one = await startReadyRunner({ script, graph });
  await one.request(S);
  await one.time.until('a request or an answer', () => answers[0] ?? one.said('approval.request')[0], 5_000);
  return { one, answers, ran };
};
const subjectIn = (one: SingleRunner) => {
  const [asked] = one.said('approval.request');
  if (asked?.body.subject.operation !== 'command.run') throw new Error('no command was asked about');
  return asked.body.subject;
};

test('binds all its words, its directory, environment and input, and the files as they are', async () => {
  const { one, answers, ran } = await running();
  const subject = subjectIn(one);
  expect(subject).toMatchObject({ binding: 'exact', command: 'make all', option: null });
  expect(JSON.parse(subject.input ?? '')).toEqual({ ...COMMAND, tree: 'tree 1' });
  expect([answers, ran]).toEqual([[], []]);
});

test('runs once it is approved, and its engine gets the exit code and what it printed', async () => {
  const { one, answers, ran } = await running();
  await one.decide(S, 'user', 'approved');
  await one.time.until('the answer', () => answers[0], 5_000);
  expect(answers).toEqual([{ ok: true, exit: 2, output: 'made\n' }]);
  expect(ran).toEqual([COMMAND]);
});

test('that is rejected does not run, and its engine goes on', async () => {
  const { one, answers, ran } = await running();
  await one.decide(S, 'user', 'rejected', { reason: 'not now' });
  await one.reach(S, 'completed');
  expect(answers).toMatchObject([{ ok: false, error: { code: 'not_approved' } }]);
  expect(answers[0]?.error?.message).toContain('not now');
  expect(ran).toEqual([]);
});

test('T141 over other files than were approved does not run', async () => {
  const trees = ['tree 1', 'tree 2'];
  const { one, answers, ran } = await running(COMMAND, ASKED_GRAPH, {
    tree: async () => trees.shift() ?? '',
  });
  await one.decide(S, 'user', 'approved');
  await one.time.until('the answer', () => answers[0], 5_000);
  expect(answers).toMatchObject([{ ok: false, error: { code: 'files_changed' } }]);
  expect(ran).toEqual([]);
});

test('T141 whose lease goes while the files are looked at once more does not run', async () => {
  let looks = 0;
  const looked = Promise.withResolvers<string>();
  const { one, answers, ran } = await running(COMMAND, ASKED_GRAPH, {
    tree: () => (++looks === 1 ? Promise.resolve('tree 1') : looked.promise),
  });
  await one.decide(S, 'user', 'approved');
  await one.time.until('the second look', () => looks === 2, 5_000);
  one.home.leases.remove(one.actors.node.pubkey);
  looked.resolve('tree 1');
  await one.time.until('the answer', () => answers[0], 5_000);
  expect(answers).toMatchObject([{ ok: false, error: { code: 'not_approved' } }]);
  expect(ran).toEqual([]);
});

test('T122 looks at the files once more when nobody else of this runner looks at some', async () => {
  let looks = 0;
  const tree = async () => {
    looks += 1;
    return 'tree 1';
  };
  const { one, ran } = await running(COMMAND, ASKED_GRAPH, { tree });
  const other = Promise.withResolvers<void>();
  void one.runner.inLine('another session', () => other.promise);
  await one.decide(S, 'user', 'approved');
  await one.time.pass(5_000);
  expect([looks, ran]).toEqual([1, []]);
  other.resolve();
  await one.time.until('it ran', () => ran[0], 5_000);
});

test('T141 whose turn ends while the files are looked at once more does not run', async () => {
  let looks = 0;
  const looked = Promise.withResolvers<string>();
  const left = Promise.withResolvers<void>();
  const tree = () => (++looks === 1 ? Promise.resolve('tree 1') : looked.promise);
  const { one, ran } = await running(COMMAND, ASKED_GRAPH, { tree }, left.promise);
  await one.decide(S, 'user', 'approved');
  await one.time.until('the second look', () => looks === 2, 5_000);
  left.resolve();
  await one.reach(S, 'completed');
  looked.resolve('tree 1');
  await one.time.pass(1_000);
  expect(ran).toEqual([]);
});

test('without a policy about commands nobody is asked, and no file is looked at', async () => {
  const tree = async () => {
    throw new Error('nothing is bound');
  };
  const { one, answers, ran } = await running({ argv: ['ls'] }, RUNNER_GRAPH, { tree });
  expect(answers).toMatchObject([{ ok: true, exit: 2 }]);
  expect(ran).toEqual([{ argv: ['ls'], cwd: '.', env: {}, stdin: '' }]);
  expect(one.said('approval.request')).toEqual([]);
});

test.each<[string, object, string]>([
  ['no words', { argv: [] }, 'bad_directive'],
  ['a member more', { argv: ['ls'], shell: true }, 'bad_directive'],
  ['what cannot run here', { argv: ['ls'] }, 'bad_command'],
])('with %s nobody is asked', async (_what, said, code) => {
  const { one, answers } = await running(said, ASKED_GRAPH, { objection: () => 'not here' });
  expect(answers).toMatchObject([{ ok: false, error: { code } }]);
  expect(one.said('approval.request')).toEqual([]);
});

test('of an engine that has no hands is refused', async () => {
  const answers: Answer[] = [];
  const script = async ({ directive }: EngineTurn) =>
    void answers.push(JSON.parse(await directive('{"run":{"argv":["ls"]}}')));
  const one = await startReadyRunner({ script, graph: ASKED_GRAPH });
  await one.request(S);
  await one.time.until('the answer', () => answers[0], 5_000);
  expect(answers).toMatchObject([{ ok: false, error: { code: 'not_possible' } }]);
});
