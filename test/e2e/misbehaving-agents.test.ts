/** Agents that misbehave, each with a task of one real federation: nothing that nobody signed comes of it, and its runner serves the next task. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent } from '../support/bundled-agent.ts';
import { tempHomes } from '../support/cli.ts';
import { isSlow } from '../support/counts.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { MISBEHAVING, type Misbehaviour } from '../support/misbehaving.ts';
import { approveAs, rejectAs, transcriptAs } from '../support/own-user.ts';

const here = tempHomes();
let fed: CustomFederation;
beforeAll(async () => {
  const agent = join(here.root, 'agent.mjs');
  bundleAgent(agent);
  const acp = { type: 'acp', auth: 'none', command: ['node', agent] };
  const approval = { 'command.run': { by: ['alice'] }, 'file.write': { by: ['alice'] } };
  fed = await startCustomFederation(here, {
    users: { alice: null },
    // Nothing is asked before it is published: what a turn was not let do is stopped by that alone
    agents: { bad: { approval }, good: {} },
    engines: { bad: acp, good: acp },
    edges: ['alice delegates_to bad', 'alice approves bad', 'alice delegates_to good'],
  });
}, 180_000);
afterAll(() => fed?.close());

type Row = {
  state: 'completed' | 'failed';
  /** In the words that its session ended with, or in what it told. */
  words: string | RegExp;
  /** What alice says to what she is asked, one after the other. */
  says?: ('approve' | 'reject')[];
};
const ROWS: Readonly<Record<Misbehaviour, Row>> = {
  'offers two answers that allow once': {
    state: 'completed',
    words: 'refused, it offers several allow_once',
  },
  'changes its mode after the prompt': { state: 'failed', words: 'it changed its mode to “default”' },
  'asks before it tells of the call': {
    state: 'completed',
    words: 'refused, rejected by alice',
    says: ['reject'],
  },
  'offers an answer of a kind that is not known': {
    state: 'completed',
    words: 'refused, it offers no allow_once',
  },
  'writes other bytes than were approved': {
    state: 'completed',
    words: 'not put "it was not approved',
    says: ['approve', 'reject'],
  },
  'runs another command in a terminal than was approved': {
    state: 'completed',
    words: 'it was not approved',
    says: ['approve', 'reject'],
  },
  'never asks': { state: 'failed', words: 'own.txt' },
  // Its number ends it, or that it is refused again and again: whichever is noticed first
  'asks 500 times at once': {
    state: 'failed',
    words: /more than \d+ things at once|3 requests of the agent in a row were refused/,
  },
  'dies while a request waits': {
    state: 'failed',
    words: 'the agent ended before its turn did, with exit code 3',
  },
  'tells without end': { state: 'failed', words: 'output_limit' },
  'says a line of a gigabyte': { state: 'failed', words: 'a line of more than' },
  'has a sub-agent that writes': { state: 'failed', words: 'own.txt' },
};

/**
 * What the engine makes of each is shown beside it, always. A federation has something of its own to do where people answer,
 * where a turn is stopped, where what it left is not published, and where a question or a trace is left over: one of each.
 */
const TELLING: ReadonlySet<string> = new Set<Misbehaviour>([
  'changes its mode after the prompt',
  'writes other bytes than were approved',
  'never asks',
  'asks 500 times at once',
  'tells without end',
]);
const PLAYED = Object.entries(ROWS).filter(([name]) => isSlow || TELLING.has(name));

const filesOf = (name: string): string[] =>
  readdirSync(fed.homes[name]!, { recursive: true, encoding: 'utf8' }).map((path) => path.split('/').at(-1)!);

test.each(PLAYED)(
  'T193 an agent that %s has no effect that nobody signed, and the next task is served',
  async (name, { state, words, says = [] }) => {
    const home = fed.homes.alice!;
    const session = await fed.ask('alice', 'bad', MISBEHAVING[name as Misbehaviour].join('\n'));
    const decided: string[] = [];
    for (const verb of says) {
      const id = await until('an approval', async () => {
        const { approvals } = await fed.waited('alice', session, 'approval');
        return approvals.find((one) => one.state === 'pending' && !decided.includes(one.id))?.id;
      });
      decided.push(id);
      await (verb === 'approve' ? approveAs(home, id) : rejectAs(home, id, 'not so'));
    }
    const waited = fed.waited('alice', session, 'end');
    await (state === 'completed' ? waited : expect(waited).rejects.toMatchObject({ code: 'denied' }));
    const told = await transcriptAs(home, session);

    const next = await fed.ask('alice', 'good', 'edit next.txt');
    const { artifacts } = await fed.waited('alice', next, 'end');
    expect(plainGit(fed.fixture.remote, 'show', `${artifacts[0]?.commit}:next.txt`)).toBe('by itself');

    const shown = await fed.session('alice', session);
    expect([shown.state, shown.artifacts]).toEqual([state, []]);
    const said = `${shown.reason}\n${shown.summary}\n${told}`;
    expect(typeof words === 'string' ? said.includes(words) : words.test(said), said.slice(-2_000)).toBe(
      true,
    );
    // Nobody is asked for what nothing waits for any more
    expect(shown.approvals.filter((one) => one.state === 'pending')).toEqual([]);
    expect(fed.head('bad', session)).toBe('');
    expect(filesOf('runner')).not.toContain('never.txt');
  },
);
