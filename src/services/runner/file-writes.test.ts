/** With a policy about writes, what a turn leaves is what people approved, to the byte. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { RUNNER_GRAPH, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { bindingEdit } from '../../core/acp/edit.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import type { ChangedFile } from '../../core/source/changes.ts';
import { atOnce } from '../../core/steps.ts';
import type { Permission, PermissionRequest } from '../../ports/index.ts';
import { SignedWrites } from './signed-writes.ts';

const S = uuidOf(0xe2);
const GRAPH = RUNNER_GRAPH.replace(
  'builder:\n    kind: agent\n    engine: { type: exec',
  'builder:\n    kind: agent\n    engine: { type: acp',
).replace(/approval: \{ source\.publish: \{[^}]*\} \}/, 'approval: { file.write: { by: [alice] } }');

const starting = async (
  script: (turn: EngineTurn, answers: Permission[]) => Promise<unknown>,
  graph = GRAPH,
) => {
  const answers: Permission[] = [];
  const one = await startReadyRunner({ script: (turn) => script(turn, answers), hasAgents: true, graph });
  await one.request(S);
  const asked = () =>
    one.said('approval.request').filter(({ body }) => body.subject.operation === 'file.write');
  const until = (count: number) => one.time.until(`${count} asked`, () => asked().length >= count, 20_000);
  const decide = (n: number, decision: 'approved' | 'rejected') =>
    one.decide(S, 'user', decision, {}, asked()[n]!.body.approval);
  const ended = () => one.home.tables.list('turns', { session: S })[0];
  return { one, answers, asked, until, decide, ended };
};

const editOf = (path: string, text: string): PermissionRequest => {
  const { call, written } = atOnce(bindingEdit({ path, old: null, now: utf8(text) }, null, suiteWasm.sha256));
  return { ...call, written, option: null };
};
const WORDS: PermissionRequest = {
  ...{ operation: 'file.write', binding: 'described', command: null, words: 'Edit', input: null },
  option: { id: 'once', kind: 'allow_once', name: 'once' },
};

describe('a write under approval', () => {
  test('is put to whom the policy names with its change, and what was approved is what the turn leaves', async () => {
    const { one, answers, asked, until, decide } = await starting(async ({ ask, write }, said) => {
      said.push(await ask(editOf('new.txt', 'new\n')));
      write('new.txt', 'new\n');
    });
    await until(1);
    expect(asked()[0]!.body.subject).toMatchObject({
      ...{ operation: 'file.write', binding: 'content', words: 'write of new.txt', option: null },
      command: '--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,1 @@\n+new\n',
      input: expect.stringContaining('"path":"new.txt"'),
    });
    await decide(0, 'approved');
    await one.reach(S, 'completed');
    expect(answers).toMatchObject([{ decision: 'approved', reason: 'approved by alice' }]);
    expect(one.said('artifact.ref')).toHaveLength(1);
  });

  const OTHERS: [what: string, leave: (turn: EngineTurn) => void, path: string][] = [
    ['other bytes', ({ write }) => write('new.txt', 'evil\n'), 'new.txt'],
    ['another file', ({ write }) => write('other.txt', 'new\n'), 'other.txt'],
    ['a file less', ({ remove }) => remove('a.txt'), 'a.txt'],
  ];
  test.each(OTHERS)('does not let a turn leave %s: it fails and names the path', async (_, leave, path) => {
    const { one, until, decide, ended } = await starting(async (turn) => {
      await turn.ask(editOf('new.txt', 'new\n'));
      turn.write('new.txt', 'new\n');
      leave(turn);
    });
    await until(1);
    await decide(0, 'approved');
    await one.reach(S, 'failed');
    expect(ended()).toMatchObject({ status: 'failed', commit_id: null });
    expect(ended()!.tail).toContain(`nobody approved what is in "${path}":`);
    expect(one.said('artifact.ref')).toEqual([]);
  });

  test('that was rejected is nothing that was approved', async () => {
    const { one, until, decide } = await starting(async ({ ask, write }) => {
      await ask(editOf('new.txt', 'new\n'));
      write('new.txt', 'new\n');
    });
    await until(1);
    await decide(0, 'rejected');
    await one.reach(S, 'failed');
  });

  test('of which there are words alone is put to nobody; it comes so far where its runner will ask', async () => {
    const { one, answers, asked } = await starting(async ({ ask }, said) => {
      said.push(await ask(WORDS), await ask({ ...WORDS, isThrough: true }));
    });
    await one.reach(S, 'completed');
    expect(answers).toEqual([
      { decision: 'rejected', reason: expect.stringContaining('described alone') },
      { decision: 'approved', reason: 'its runner asks for it before it does it' },
    ]);
    expect(asked()).toEqual([]);
  });

  test('is not asked for where no policy says so, and nothing is compared', async () => {
    const graph = GRAPH.replace('approval: { file.write: { by: [alice] } }', 'network: []');
    const { one, answers } = await starting(async ({ ask, write }, said) => {
      said.push(await ask(editOf('new.txt', 'new\n')));
      write('other.txt', 'x');
    }, graph);
    await one.reach(S, 'completed');
    expect(answers).toEqual([{ decision: 'approved', reason: 'file.write needs no approval here' }]);
  });
});

describe('a write out of the files of the task, which is asked about as a command', () => {
  const BY = 'by: [alice]';
  const AWAY: PermissionRequest = { ...WORDS, operation: 'command.run', isAway: true };
  const policy = (rules: string) => GRAPH.replace(`approval: { file.write: { ${BY} } }`, rules);
  test.each([
    [
      'of writes alone refuses it',
      `approval: { file.write: { ${BY} } }`,
      'rejected',
      'file.write that is content',
    ],
    [
      'of writes that are nobody’s refuses it',
      'approval: { file.write: { by: [], quorum: 1 } }',
      'rejected',
      'file.write that is content',
    ],
    [
      'of both answers as of a command',
      `approval: { file.write: { ${BY} }, command.run: { ${BY} } }`,
      'rejected',
      'command.run that is declared',
    ],
    ['of neither has nobody asked', 'network: []', 'approved', 'command.run needs no approval here'],
  ])('a policy %s', async (_, rules, decision, reason) => {
    const { one, answers } = await starting(async ({ ask }, said) => {
      said.push(await ask(AWAY));
    }, policy(rules));
    await one.reach(S, 'completed');
    expect(answers).toEqual([{ decision, reason: expect.stringContaining(reason) }]);
  });

  test('is no reason to ask about commands by the policy of writes', async () => {
    const { one, answers } = await starting(async ({ ask }, said) => {
      said.push(await ask({ ...AWAY, isAway: false }));
    });
    await one.reach(S, 'completed');
    expect(answers).toMatchObject([{ decision: 'approved' }]);
  });
});

test('a file that became executable, or a link, is not what was approved', async () => {
  const { sha256 } = suiteWasm;
  const signed = new SignedWrites();
  const side = (mode: string, text: string) => ({ mode, bytes: utf8(text) });
  for (const path of ['same', 'new', 'run', 'made', 'link'])
    signed.add({ path, sha256: toHex(sha256(utf8('x'))) });
  const changed = async function* (): AsyncGenerator<ChangedFile> {
    yield { path: 'same', old: side('100755', 'a'), new: side('100755', 'x') };
    yield { path: 'new', old: null, new: side('100644', 'x') };
    yield { path: 'run', old: side('100644', 'a'), new: side('100755', 'x') };
    yield { path: 'made', old: null, new: side('100755', 'x') };
    yield { path: 'link', old: side('120000', 'a'), new: side('120000', 'x') };
  };
  expect(await signed.missing(changed(), sha256)).toEqual(['run', 'made', 'link']);
});
