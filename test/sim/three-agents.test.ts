/** The graph of `examples/three-agents`: all of it does the work; without one edge exactly that step is refused, by its name. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ToolCalls } from '../../src/adapters/engines/acp/tool-calls.ts';
import { hearTools, toolReply } from '../../src/core/acp/tools.ts';
import { fromUtf8 } from '../../src/core/encoding/bytes.ts';
import { npub } from '../../src/core/encoding/id.ts';
import { explain } from '../../src/core/graph/explain.ts';
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import { TYPES } from '../../src/core/protocol/types.ts';
import { replyToQuestion } from '../../src/services/user/answers.ts';
import { questionsForMe } from '../../src/services/user/questions.ts';
import { fetchTranscript } from '../../src/services/user/transcript.ts';
import { sessionTree } from '../../src/services/user/tree.ts';
import { type Federation, startFederation } from './federation.ts';
import type { EngineScript, EngineTurn } from './scripted-engine.ts';
import { approve, ask, outcome, reached, shown, tryAsk, userOf } from './story.ts';

const TEXT = readFileSync('examples/three-agents/graph.yaml', 'utf8');
type Node = { kind: string; policy?: { budget?: object; approval?: object } };
const FILE: { nodes: Record<string, Node>; edges: string[] } = parse(TEXT);

type Say = (said: object) => Promise<Record<string, unknown>>;
/** A line of its own descriptors, or a call of a tool by an agent: what its model reads of the answer. */
const SAYS: Readonly<Record<'exec' | 'acp', (directive: EngineTurn['directive']) => Say>> = {
  exec: (directive) => async (said) => JSON.parse(await directive(JSON.stringify(said))),
  acp(directive) {
    const calls = new ToolCalls({ answer: directive, waiting: (answer) => answer });
    return async (said) => {
      const [[name, given]] = Object.entries(said) as [[string, object]];
      const params = { name, arguments: given };
      const heard = hearTools(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
      if (heard.is !== 'call') throw new Error(`${name} is no tool`);
      const answer = await calls.make(heard.directive).answer;
      const { result } = JSON.parse(toolReply(heard.id, answer ?? '{}'));
      expect(result.isError).toBe(result.structuredContent.ok !== true);
      return JSON.parse(result.content[0].text);
    };
  },
};

/** What the programs and the agents of the example do, by what each is given. */
const scriptOf =
  (engine: keyof typeof SAYS): EngineScript =>
  async ({ task, attached, directive, print, write, read }) => {
    const done = (answer: Record<string, unknown>) => {
      print(`${JSON.stringify(answer)}\n`);
      return answer.ok === true && answer.state !== 'failed' ? 0 : 1;
    };
    const say = SAYS[engine](directive);
    if (task.startsWith('Review ')) {
      const words = fromUtf8(attached[0]!.bytes);
      const answer = await say({ escalate: { to: 'you', words } });
      if (answer.reply !== 'yes') return done(answer);
      return done(await say({ review: { verdict: 'pass' } }));
    }
    if (!task.startsWith('Write '))
      return done(await say({ delegate: { to: 'builder', task: `Write this down: ${task}` } }));
    write('NOTES.md', `${read('NOTES.md') ?? ''}${task}\n`);
    return done(await say({ request_review: { to: 'reviewer' } }));
  };

let fed: Federation;
afterEach(() => fed?.close());
const ENGINE = { type: 'acp', auth: 'none', command: ['true'] };
const start = async (edges: readonly string[], engine: keyof typeof SAYS = 'exec'): Promise<Federation> => {
  const agents = Object.entries(FILE.nodes).filter(([, { kind }]) => kind === 'agent');
  fed = await startFederation({
    people: { you: {} },
    agents: Object.fromEntries(
      agents.map(([name, { policy }]) => [name, { policy, ...(engine === 'acp' && { engine: ENGINE }) }]),
    ),
    hasAgents: engine === 'acp',
    edges,
    script: scriptOf(engine),
  });
  return fed;
};
const escalated = () =>
  fed.until('an escalation', () =>
    questionsForMe(fed.people.you!.home).find((row) => row.kind === 'escalation'),
  );
const nodesOf = (session: string) =>
  sessionTree(userOf(fed, 'you'), session)?.nodes.map(({ node, told, state }) => [node, told, state]) ?? [];

const KINDS = ['exec', 'acp'] as const;
test.each(KINDS)(
  'all edges: the reviewer asks the person, and what the builder made is published when they approve it: %s',
  async (engine) => {
    await start(FILE.edges, engine);
    const session = await ask(fed, 'you', 'planner', 'cats purr');
    const row = await escalated();
    // Of a session that they did not launch
    expect(shown(fed, 'you', row.session)).toBeNull();
    // In the tree of the one that they did
    expect(nodesOf(session)).toEqual([
      ['planner', 'all', 'waiting_child'],
      ['builder', 'named', null],
      ['reviewer', 'asked', 'waiting_answer'],
    ]);
    await fed.finish('the answer', replyToQuestion(userOf(fed, 'you'), row, 'yes'));
    const approval = await fed.until(
      'an approval',
      () => fed.people.you!.home.tables.list('approvals', { open: 1 })[0],
    );
    expect(nodesOf(session).slice(1)).toEqual([
      ['builder', 'asked', 'waiting_approval'],
      ['reviewer', 'asked', null],
    ]);
    await approve(fed, 'you', approval.session);
    const { summary } = await reached(fed, 'you', session, 'completed');
    expect(summary).toContain('"state":"completed"');
  },
);

/** Nodes of whose turns the runner itself says that this edge is missing. */
const tracesNaming = async (edge: string): Promise<(string | undefined)[]> => {
  const { tables, blobs } = fed.runners.r1!.home;
  const named = await Promise.all(
    tables.list('turns').map(async ({ session, transcript }) => {
      const parts = await Promise.all(transcript.map(async (one) => fromUtf8((await blobs.get(one))!)));
      const isNamed = new RegExp(`^no \\w+ of \\w+: the graph has no edge "${edge}"`, 'm').test(
        parts.join(''),
      );
      return isNamed ? [tables.get('keys', tables.get('sessions', session)!.node)?.name] : [];
    }),
  );
  return named.flat();
};

const explained = (edges: readonly string[], from: string, type: string, to: string) => {
  const key = npub('c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5');
  const text = TEXT.replaceAll('GRAPH', 'acme')
    .replaceAll('NPUB', key)
    .replaceAll('REPOSITORY', 'file:///remote');
  const without = text
    .split('\n')
    .filter((line) => !line.startsWith('  - you may') && !line.startsWith('  - reviewer may'))
    .filter((line) => !FILE.edges.includes(line.slice(4)) || edges.includes(line.slice(4)))
    .join('\n');
  const { graph, problems } = parseGraph(without, { filename: 'graph.yaml', types: TYPES });
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return { errors, says: graph ? explain(graph, { from, type, to }, TYPES) : null };
};

const REFUSED = [
  ['planner delegates_to builder', ['planner', 'task.request', 'builder'], ['planner']],
  ['reviewer reviews builder', ['builder', 'task.review', 'reviewer'], ['planner', 'builder']],
  ['reviewer escalates_to you', ['reviewer', 'escalation', 'you'], ['planner', 'builder', 'reviewer']],
] as const;
const refused = KINDS.flatMap((engine) => REFUSED.map((row) => [engine, ...row] as const));
test.each(refused)(
  '%s: without `%s` exactly that step is refused',
  async (engine, edge, [from, type, to], ran) => {
    const edges = FILE.edges.filter((one) => one !== edge);
    await start(edges, engine);
    const session = await ask(fed, 'you', 'planner', 'cats purr');
    const { summary, reason } = await reached(fed, 'you', session, 'failed');
    expect([reason, fed.runs.length]).toEqual(['turn_failed', ran.length]);
    // In the answer of the agent that was refused, which each before it was given
    expect(summary).toContain('"code');
    expect(summary?.replaceAll('\\', '')).toContain(`the graph has no edge "${edge}"`);
    // In what its own runner says of that turn, and of no other
    expect(await tracesNaming(edge)).toEqual([ran.at(-1)]);
    const { view, bytes } = await fed.finish(
      'the trace',
      fetchTranscript(userOf(fed, 'you'), session, null, 10_000),
    );
    expect([view.node, fromUtf8(bytes).replaceAll('\\', '')]).toEqual([
      'planner',
      expect.stringContaining(`the graph has no edge "${edge}"`),
    ]);
    const { says } = explained(edges, from, type, to);
    expect(says).toMatchObject({ allowed: false, sentence: expect.stringContaining(`\`${edge}\``) });
    expect(explained(FILE.edges, from, type, to).says).toMatchObject({ allowed: true, edge });
  },
);

test.each(KINDS)('without `you delegates_to planner` nothing is asked: %s', async (engine) => {
  const edges = FILE.edges.filter((one) => one !== 'you delegates_to planner');
  await start(edges, engine);
  expect(await tryAsk(fed, 'you', 'planner', 'cats purr')).toMatchObject({
    message: expect.stringContaining('planner'),
  });
  expect(fed.runs).toEqual([]);
  expect(explained(edges, 'you', 'task.request', 'planner').says).toMatchObject({
    ...{ allowed: false, sentence: expect.stringContaining('`you delegates_to planner`') },
  });
});

test('without `you approves builder` the file is refused: nobody could approve', () => {
  const { errors, says } = explained(
    FILE.edges.filter((one) => one !== 'you approves builder'),
    'builder',
    'approval.request',
    'you',
  );
  expect(errors.join()).toContain('you approves builder');
  expect(says).toBeNull();
});

test('killed while the person is asked, the runner asks nothing twice, and its turn gets the answer', async () => {
  await start(FILE.edges);
  const session = await ask(fed, 'you', 'planner', 'cats purr');
  const row = await escalated();
  const runner = fed.runners.r1!;
  runner.crash();
  await fed.finish('the answer', replyToQuestion(userOf(fed, 'you'), row, 'yes'));
  await fed.finish('the start', runner.start());
  const approval = await fed.until(
    'an approval',
    () => fed.people.you!.home.tables.list('approvals', { open: 1 })[0],
  );
  await approve(fed, 'you', approval.session);
  await reached(fed, 'you', session, 'completed');
  const { tables } = fed.people.you!.home;
  expect(tables.count('messages', { type: 'escalation', session: row.session })).toBe(1);
});

test('ended with its edge, a session leaves nobody asked, also where they know nothing of it', async () => {
  await start(FILE.edges);
  await ask(fed, 'you', 'planner', 'cats purr');
  const row = await escalated();
  await fed.applyGraph((file) => {
    file.edges = file.edges.filter((edge) => edge !== 'reviewer reviews builder');
  });
  const { home } = fed.people.you!;
  await fed.until('the close', () => questionsForMe(home).length === 0);
  const late = await outcome(fed, replyToQuestion(userOf(fed, 'you'), row, 'yes'));
  expect(late).toMatchObject({ code: 'conflict' });
});
