import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleAgent } from '../../../../../test/support/bundled-agent.ts';
import { commandBinding, factsOf, holdsCommands } from '../../../../core/acp/probe.ts';
import { probeSandbox } from '../../probe.ts';
import { probeAgent } from './probe.ts';

const { available, detail } = await probeSandbox();
if (!available) console.log(`sandbox tests passed over: ${detail}`);
const kinds = available ? (['none', 'bwrap'] as const) : (['none'] as const);

const root = mkdtempSync(join(tmpdir(), 'entangle-canary-'));
const agent = join(root, 'agent.mjs');
beforeAll(async () => {
  chmodSync(root, 0o755);
  bundleAgent(agent, 'canary');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(root, 'probe-'));
  chmodSync(directory, 0o711);
  mkdirSync(join(root, 'secret'), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const never = new AbortController().signal;
const probe = (manner: string, sandbox: 'bwrap' | 'none', ...more: string[]) =>
  probeAgent({
    ...{ agent: { command: ['node', agent, manner, ...more] }, sandbox, directory, graceMs: 300 },
    ...{ hidden: [join(root, 'secret')], signal: never, timeMs: 60_000 },
  });

const [yes, no, untried] = ['yes', 'no', 'untried'] as const;
const MANNERS = [
  ['always', [yes, yes, yes, no], [yes, yes, no, yes, yes], true],
  ['never', [no, untried, untried, no], [no, untried, no, no, untried], false],
  ['commands', [yes, yes, yes, no], [no, untried, no, no, untried], true],
  // Of commands it asks about all but those that it holds for harmless
  ['reading', [no, yes, yes, no], [yes, yes, no, yes, yes], false],
  ['edits', [no, untried, untried, no], [yes, yes, no, yes, yes], false],
  ['through', [yes, yes, yes, no], [yes, yes, yes, untried, untried], true],
  ['deaf', [yes, no, no, no], [yes, no, no, yes, no], false],
  ['quitting', [yes, yes, yes, no], [yes, yes, no, yes, yes], true],
  // Does it, and asks then; of a look nobody can tell when it was done, so that it was done says no
  ['late', [no, no, untried, no], [no, untried, no, no, untried], false],
  ['more', [no, untried, untried, no], [no, untried, no, no, untried], false],
] as const;

describe.each(kinds)('sandbox: %s', (sandbox) => {
  // The fence changes nothing of the rules: that a probe works in it is seen by one that asks, and one that does not care
  const manners = MANNERS.filter(([manner]) => sandbox === 'none' || ['through', 'deaf'].includes(manner));
  test.each(manners)('an agent that asks %s is told as it is', async (manner, command, files, doesHold) => {
    const { seen } = await probe(manner, sandbox);
    const facts = factsOf(seen, false);
    expect(Object.values(facts)).toEqual([...command, ...files, untried, untried]);
    expect(holdsCommands(facts)).toBe(doesHold);
  });
});

test('an agent that offers no tool that is known here was not tried, and does not pass', async () => {
  const { seen, turns } = await probe('always', 'none', 'toolless');
  expect(Object.values(factsOf(seen, false))).toEqual(Array(11).fill('untried'));
  expect(turns.map(({ reason }) => reason)).toEqual(['done', 'done', 'done']);
  expect(commandBinding(seen)).toBeNull();
});

test('how much its requests give of a command is told', async () => {
  expect(commandBinding((await probe('commands', 'none')).seen)).toBe('declared');
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  expect(commandBinding((await probe('commands', 'none', 'described')).seen)).toBe('described');
});

test('what cannot be started is not tried, and says why', async () => {
  const { seen, turns } = await probeAgent({
    ...{ agent: { command: ['node', '-e', 'process.exit(3)'] }, sandbox: 'none', directory, graceMs: 300 },
    ...{ hidden: [], signal: never },
  });
  expect(seen.every(({ isGiven, isMade }) => !isGiven && !isMade)).toBe(true);
  expect(turns[0]).toMatchObject({ reason: 'failed', tail: expect.stringContaining('exit code 3') });
});

test('a probe that is stopped ends with its agent, in its bounds of time too', async () => {
  const stop = new AbortController();
  const silent = { command: ['node', '-e', 'setInterval(() => undefined, 1000)'] };
  const options = { agent: silent, sandbox: 'none', directory, graceMs: 100, hidden: [] } as const;
  const { turns } = await probeAgent({ ...options, signal: never, timeMs: 300 });
  expect(turns.map(({ reason }) => reason)).toEqual(['timed_out', 'timed_out', 'timed_out']);
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  stop.abort(new Error('stopped'));
  await expect(probeAgent({ ...options, signal: stop.signal })).rejects.toThrow('stopped');
});

test('one whom the agent starts is tried too', async () => {
  const { seen } = await probe('always', 'none', 'starting');
  expect(factsOf(seen, false)).toMatchObject({ command_asked: 'yes', subagent_asked: 'yes' });
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  const silent = await probe('always', 'none', 'unasked');
  expect(factsOf(silent.seen, false)).toMatchObject({ command_asked: 'yes', subagent_asked: 'no' });
});
