/**
 * All that an agent does with people and other agents, over both versions of its protocol, by one that is always here. In the
 * same federation agents misbehave: nothing that nobody signed comes of it, and their runner serves the next task.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent } from '../support/bundled-agent.ts';
import { tempHomes } from '../support/cli.ts';
import { isSlow } from '../support/counts.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { MISBEHAVING, type Misbehaviour } from '../support/misbehaving.ts';
import {
  approveAs,
  cancelAs,
  rejectAs,
  replyAs,
  showAs,
  stayOpen,
  transcriptAs,
  wantChangesAs,
} from '../support/own-user.ts';

const here = tempHomes();
const VERSIONS = [1, 2] as const;
const nodeOf = (version: number): string => `agent${version}`;
/** In version 2 an agent writes by itself: what it made is approved when it is to be published, and no graph wants more. */
const asksOf = (version: number): string[] => [
  ...['command.run', 'source.publish'],
  ...(version === 1 ? ['file.write'] : []),
];
const policyOf = (version: number) => ({
  approval: Object.fromEntries(asksOf(version).map((one) => [one, { by: ['alice'] }])),
});
let fed: CustomFederation;
let leave: () => Promise<void>;
beforeAll(async () => {
  const agent = join(here.root, 'agent.mjs');
  bundleAgent(agent);
  const engineOf = (version: number) => ({
    ...{ type: 'acp', auth: 'none', command: ['node', agent, String(version)] },
    ...(version === 2 && { protocol: 2 }),
  });
  const nodes = VERSIONS.map(nodeOf);
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: {
      ...Object.fromEntries(VERSIONS.map((version) => [nodeOf(version), policyOf(version)])),
      helper: {},
      stranger: {},
      // Nothing is asked before it is published: what a turn was not let do is stopped by that alone
      bad: { approval: { 'command.run': { by: ['alice'] }, 'file.write': { by: ['alice'] } } },
      good: {},
    },
    engines: {
      ...Object.fromEntries(VERSIONS.map((version) => [nodeOf(version), engineOf(version)])),
      ...{ bad: engineOf(1), good: engineOf(1) },
    },
    edges: [
      ...nodes.flatMap((node) => [
        ...[`alice delegates_to ${node}`, `alice approves ${node}`, `${node} delegates_to helper`],
      ]),
      ...['alice delegates_to bad', 'alice approves bad', 'alice delegates_to good'],
    ],
  });
  leave = await stayOpen(fed.homes.alice!);
});
afterAll(async () => {
  await leave?.();
  await fed?.close();
});

type View = { operation: string; files?: { path: string }[] };
/** The next approval that is pending; it is one of those that were seen then. */
const nextAsked = async (session: string, seen: string[]): Promise<string> => {
  const id = await until('an approval', async () => {
    const { approvals } = await fed.waited('alice', session, 'approval');
    return approvals.find((one) => one.state === 'pending' && !seen.includes(one.id))?.id;
  });
  seen.push(id);
  return id;
};
const toolOf = (name: string, said: object): string => `tool ${name} ${JSON.stringify(said)}`;

test.each(VERSIONS)(
  'over version %d: an edit, a command, a refusal, a question, a delegation, a handoff without its edge, changes, and an end while it waits',
  async (version) => {
    const node = nodeOf(version);
    const home = fed.homes.alice!;
    const seen: string[] = [];
    /** What is asked about next, and what was said about it. */
    const decide = async (session: string, say: (id: string) => Promise<unknown>): Promise<View> => {
      const id = await nextAsked(session, seen);
      const view = await showAs<View>(home, id);
      await say(id);
      return view;
    };
    const approve = (id: string) => approveAs(home, id);
    const edited = async (session: string) => {
      if (version === 1) expect(await decide(session, approve)).toMatchObject({ operation: 'file.write' });
    };
    const pathsOf = ({ files }: View) => files?.map(({ path }) => path);

    const session = await fed.ask(
      'alice',
      node,
      [
        ...['make by-edit.txt made', 'run echo ran$((40+2))', 'run echo never$((40+2))'],
        toolOf('ask', { question: 'which colour?' }),
        toolOf('delegate', { to: 'helper', task: 'echo helped' }),
        toolOf('handoff', { to: 'stranger', task: 'echo no' }),
        ...['learn by-refusal.txt', 'say and on'],
      ].join('\n'),
    );
    await edited(session);
    expect(JSON.stringify(await decide(session, approve))).toContain('echo ran$((40+2))');
    expect(JSON.stringify(await decide(session, (id) => rejectAs(home, id, 'not this')))).toContain(
      'echo never$((40+2))',
    );
    await fed.waited('alice', session, 'question');
    await replyAs(home, session, 'blue');
    await edited(session);
    const first = await decide(session, (id) => wantChangesAs(home, id, 'make again.txt made'));
    expect(pathsOf(first)).toEqual(['by-edit.txt', 'by-refusal.txt']);
    const told = (await transcriptAs(home, session)).replaceAll('\\', '');
    for (const words of [
      'ran 0: ran42',
      'was told no',
      'blue',
      'helped',
      `${node} hands_off_to stranger`,
      'and on',
    ])
      expect(told).toContain(words);
    expect(told).not.toContain('never42');

    await edited(session);
    const second = await decide(session, approve);
    expect(pathsOf(second)).toEqual(['again.txt', 'by-edit.txt', 'by-refusal.txt']);
    const { state, artifacts } = await fed.waited('alice', session, 'end');
    expect([state, artifacts[0]?.commit]).toEqual(['completed', fed.head(node, session)]);
    // It acted on what it was told
    expect(plainGit(fed.fixture.remote, 'show', `${artifacts[0]!.commit}:by-refusal.txt`)).toContain(
      `the graph has no edge \\"${node} hands_off_to stranger\\"`,
    );

    const late = await fed.ask('alice', node, 'run echo late$((40+2))');
    await fed.waited('alice', late, 'approval');
    await cancelAs(home, late, 'enough');
    await until('its end', async () => (await fed.session('alice', late)).state === 'cancelled');
    const [approval] = (await fed.session('alice', late)).approvals;
    await until('the end of what was asked', async () => {
      const { state } = await showAs<{ state: string }>(home, approval!.id);
      return state === 'withdrawn';
    });
    expect(fed.head(node, late)).toBe('');
  },
);

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
 * where what a turn left is not published, and where it is stopped with questions left over: one of each.
 */
const TELLING: ReadonlySet<string> = new Set<Misbehaviour>([
  'writes other bytes than were approved',
  'never asks',
  'asks 500 times at once',
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
      const id = await nextAsked(session, decided);
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
