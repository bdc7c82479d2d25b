/** A file that an engine gives: to whom it goes, what of it is refused, and that it is given once. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  FREE_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startReadyRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_GIVEN } from '../../core/bounds.ts';
import { fromUtf8 } from '../../core/encoding/bytes.ts';

const S = uuidOf(0xe1);
type Answer = { ok: boolean; error?: { code: string; message: string }; [more: string]: unknown };
const line = (said: object) => JSON.stringify({ id: 1, artifact: said });
const REPORT = { name: 'report.txt', path: 'out/report.txt', media: 'text/plain', words: 'all is well' };

/** A turn that writes a report and gives what is said, one after the other. */
const giving = async (said: object[], setup: RunnerSetup = {}, from: 'user' | 'peer' = 'user') => {
  const answers: Answer[] = [];
  const script = async ({ directive, write }: EngineTurn) => {
    write('out/report.txt', 'fine\n');
    for (const one of said) answers.push(JSON.parse(await directive(line(one))));
  };
  const one = await startReadyRunner({ script, ...setup });
  await one.request(S, from);
  await one.time.until('the answers', () => answers.length === said.length, 30_000);
  return { one, answers, answer: answers[0]! };
};
const toldTo = (one: SingleRunner) => one.said('artifact.file').map(({ to }) => to);

describe('a file that is given', () => {
  test('goes with its digest to who launched the task and to who approves, and its bytes to who asks', async () => {
    const { one, answer } = await giving([REPORT]);
    const { user, bob, stranger } = one.actors;
    expect(toldTo(one).sort()).toEqual([user, bob, stranger].map(({ pubkey }) => pubkey).sort());
    const [told] = one.said('artifact.file');
    const { artifact, file, media, words } = told!.body;
    expect([file.name, file.size, media, words]).toEqual(['report.txt', 5, 'text/plain', 'all is well']);
    const to = ['alice', 'carol', 'phone'];
    expect({ ...answer, to: [...(answer.to as string[])].sort() }).toEqual({
      ...{ id: 1, ok: true, artifact, sha256: file.sha256, size: 5, to },
    });
    expect(fromUtf8((await one.home.blobs.get(file.blobs[0]!))!)).toBe('fine\n');
    await one.hear({ type: 'blob.get', from: 'user', to: 'node', body: { sha256: file.blobs[0]! } });
    await one.time.until('its bytes', () => one.said('blob.part')[0], 5_000);
    expect(toldTo(one)).toHaveLength(3);
  });

  test('can be a text, and of a task that an agent gave it goes to who approves', async () => {
    const { one, answer } = await giving([{ name: 'log', text: 'a line' }], {}, 'peer');
    expect(answer.ok).toBe(true);
    expect(toldTo(one)).not.toContain(one.actors.peer.pubkey);
    expect(one.said('artifact.file')[0]?.body).toMatchObject({ media: 'text/plain', file: { size: 6 } });
  });

  test.each<[string, object, string, RegExp, RunnerSetup?, 'peer'?]>([
    ['neither of a file nor a text', { name: 'a' }, 'bad_directive', /either the path/],
    ['of both', { name: 'a', path: 'a', text: 'a' }, 'bad_directive', /either the path/],
    ['that is not there', { name: 'a', path: 'b' }, 'invalid', /no such file/],
    ['above the workspace', { name: 'a', path: '../x' }, 'bad_path', /below the workspace/],
    ['at a whole path', { name: 'a', path: '/etc/passwd' }, 'bad_path', /below the workspace/],
    ['under a name that is a path', { name: '../a', text: 'a' }, 'usage', /cannot be called/],
    ['under a name that moves the cursor', { name: 'a\u001b[2J', text: 'a' }, 'usage', /cannot be called/],
    ['of no media type', { name: 'a', text: 'a', media: 'Text' }, 'bad_directive', /artifact/],
    ['to nobody', { name: 'a', text: 'a' }, 'no_person', /files go to people/, { graph: FREE_GRAPH }, 'peer'],
    [
      'over an edge that does not carry it',
      { name: 'a', text: 'a' },
      'narrowed',
      /no edge between builder and "alice"/,
      {
        graph: FREE_GRAPH.replace(
          '  - alice delegates_to builder',
          '  - { from: alice, relation: delegates_to, to: builder, only: [task.request, task.accept, task.update, task.result] }',
        ).replaceAll(/ {2}- \w+ approves builder\n/g, ''),
      },
    ],
  ])('%s is refused, and nobody is told of it', async (_what, said, code, message, setup, from) => {
    const { one, answer } = await giving([said], setup, from);
    expect(answer).toMatchObject({ ok: false, error: { code } });
    expect(answer.error?.message).toMatch(message);
    expect(one.said('artifact.file')).toEqual([]);
  });

  test('T147 is one of so many in a session', async () => {
    const many = Array.from({ length: MAX_GIVEN.files + 1 }, (_, n) => ({ name: `f${n}`, text: `${n}` }));
    const { one, answers } = await giving(many, { graph: FREE_GRAPH });
    expect(answers.map(({ ok }) => ok)).toEqual([...many.slice(1).map(() => true), false]);
    expect(answers.at(-1)).toMatchObject({ error: { code: 'too_many_files' } });
    expect(one.home.tables.list('files', { session: S })).toHaveLength(MAX_GIVEN.files);
  });

  test.each([1, MAX_GIVEN.files])(
    'T147 is given once, one of %i, also by a turn that runs again after its runner was killed',
    async (files) => {
      const all = [REPORT, ...Array.from({ length: files - 1 }, (_, n) => ({ name: `f${n}`, text: `${n}` }))];
      const giveAll = async ({ directive, write }: EngineTurn, said: object[]) => {
        const given: Answer[] = [];
        write('out/report.txt', 'fine\n');
        for (const one of said) given.push(JSON.parse(await directive(line(one))));
        return given;
      };
      const never = async (turn: EngineTurn) => {
        await giveAll(turn, all);
        await turn.sleep(3_600_000);
      };
      const first = await startReadyRunner({ script: never, graph: FREE_GRAPH });
      await first.request(S);
      await first.time.until('the files', () => first.said('artifact.file')[files - 1], 30_000);
      await first.close();
      const answers: Answer[] = [];
      const script = async (turn: EngineTurn) => {
        answers.push(...(await giveAll(turn, all)));
      };
      const one = await startSingleRunner({ script, graph: FREE_GRAPH, disk: first.home.disk });
      one.home.leases.grant(one.actors.node.pubkey, one.time.elapsed() + 50_000);
      await one.time.until('the answers', () => answers[files - 1], 30_000);
      expect(answers).toMatchObject(all.map(() => ({ ok: true })));
      expect(one.home.tables.count('messages', { type: 'artifact.file' })).toBe(files);
    },
  );
});
