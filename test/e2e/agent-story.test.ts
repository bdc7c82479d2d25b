/** All that an agent does with people and other agents, over both versions of its protocol, by one that is always here. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent } from '../support/bundled-agent.ts';
import { tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import {
  approveAs,
  cancelAs,
  rejectAs,
  replyAs,
  showAs,
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
    },
    engines: Object.fromEntries(VERSIONS.map((version) => [nodeOf(version), engineOf(version)])),
    edges: nodes.flatMap((node) => [
      ...[`alice delegates_to ${node}`, `alice approves ${node}`, `${node} delegates_to helper`],
    ]),
  });
}, 180_000);
afterAll(() => fed?.close());

type View = { operation: string; files?: { path: string }[] };
const toolOf = (name: string, said: object): string => `tool ${name} ${JSON.stringify(said)}`;

test.each(VERSIONS)(
  'over version %d: an edit, a command, a refusal, a question, a delegation, a handoff without its edge, changes, and an end while it waits',
  async (version) => {
    const node = nodeOf(version);
    const home = fed.homes.alice!;
    const seen: string[] = [];
    /** What is asked about next, and what was said about it. */
    const decide = async (session: string, say: (id: string) => Promise<unknown>): Promise<View> => {
      const id = await until('an approval', async () => {
        const { approvals } = await fed.waited('alice', session, 'approval');
        return approvals.find((one) => one.state === 'pending' && !seen.includes(one.id))?.id;
      });
      seen.push(id);
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
