/** What a turn has made so far is committed as long as there is room for it, whether or not it can be reviewed. */
import { expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { RUNNER_GRAPH, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { Git } from '../../ports/index.ts';
import { createSoFar } from './so-far.ts';

const S = uuidOf(0xe1);
const MADE = '12345\n';

/** A turn that has asked for a review, with the place that its commit was of; `odd`: a name that no commit has. */
const startAsked = async (odd: string | null) => {
  const script = async ({ directive, write, sleep }: EngineTurn) => {
    write('made.txt', MADE);
    if (odd !== null) write(odd, 'left out');
    void directive('{"request_review":{"to":"carol"}}');
    await sleep(60_000);
  };
  const graph = `${RUNNER_GRAPH}  - carol reviews builder\n`;
  const one = await startReadyRunner({ script, graph });
  const { git } = one.runner;
  const { commit } = git;
  const given: Parameters<Git['commit']>[] = [];
  git.commit = (...args) => {
    given.push(args);
    return commit(...args);
  };
  await one.request(S);
  const [repository, workspace, { parent: base, message }] = await one.time.until(
    'a commit',
    () => given[0],
    5_000,
  );
  return { one, given, place: { repository, workspace, base, message, expiresAt: 2 ** 31 } };
};

test.each<[string, string | null, object]>([
  ['can', null, { files: 1 }],
  ['cannot', 'a\\b', { code: 'invalid' }],
])(
  'bytes of changed files are counted where they %s be reviewed, and no more is kept',
  async (_can, odd, each) => {
    const { one, given, place } = await startAsked(odd);
    const isOver = () => false;
    const soFar = createSoFar(one.runner, place, isOver, MADE.length * 2);
    const answers: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      const made = soFar().catch((error: unknown) => error);
      answers.push(await one.time.finish('an answer', made, 5_000));
    }
    expect(answers.slice(0, 2)).toEqual([expect.objectContaining(each), expect.objectContaining(each)]);
    expect(answers[2]).toMatchObject({ ok: false, error: { code: 'too_large' } });
    // The first is of the engine itself
    expect(given).toHaveLength(3);
    expect(given[0]![2].message).toMatch(
      new RegExp(`^write\n\nSo far, for a review\\.\n\nEntangle-Session: ${S}\nEntangle-Node: npub1`),
    );
  },
);
