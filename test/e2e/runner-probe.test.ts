/** An agent is tried in the home of a runner: by its command, and as a node that is assigned there has it. */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KNOWN_AGENTS } from '../../src/adapters/engines/acp/known-agents.ts';
import { keptProbes, standingProbes } from '../../src/adapters/engines/acp/probe/kept.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { type ProbeResult, probeOnRunner } from '../../src/cli/runner/probe.ts';
import { writeConfig } from '../../src/cli/wiring/home-config.ts';
import type { EntangleError } from '../../src/core/errors.ts';
import { encodeLine } from '../../src/core/ledger/line.ts';
import type { EngineType, SandboxKind } from '../../src/core/vocabulary.ts';
import { newcomerConfig, runnerConfig } from '../../src/services/setup/config.ts';
import { RUNNER_GRAPH, startSingleRunner } from '../sim/single-runner.ts';
import { bundleAgent } from '../support/bundled-agent.ts';
import { json, run, type TempHomes, tempHomes } from '../support/cli.ts';

let homes: TempHomes;
let home: string;
let runner: string;
beforeEach(async () => {
  homes = tempHomes();
  home = homes.home('one');
  runner = join(home, 'runner/default');
  chmodSync(homes.root, 0o755);
  mkdirSync(join(runner, 'ledger'), { recursive: true, mode: 0o700 });
  const id = 'ab'.repeat(32);
  await writeConfig(runner, runnerConfig, {
    ...{ kind: 'runner', name: 'r1', keys: 'file', invite: null, ticket: null, repositoryHooks: false },
    ...{ host: id, graph: `${id}/acme`, stream: 'cd'.repeat(16), recovery: 'ef'.repeat(32) },
    ...{ relays: ['ws://127.0.0.1:9'], labels: {}, sandbox: ['none'], capacity: 1, protocols: ['ssh'] },
  });
});
afterEach(() => homes.clean());

/** What the command says where it tries nothing, by what it calls. */
const refusedHere = (agent: string, sandbox?: SandboxKind): Promise<{ code: string; words: string }> =>
  probeOnRunner(resolveHome(home, {}, home), {
    ...{ runner: 'default', agent, sandbox, signal: new AbortController().signal },
  }).then(
    () => Promise.reject(new Error(`${agent} was tried`)),
    ({ code, message, hint }: EntangleError) => ({ code, words: `${message}\n${hint}` }),
  );
const NO_FENCE = { code: 'usage', words: expect.stringContaining('offers no sandbox "bwrap"') };

/** The ledger of a runner that was offered these nodes. */
const assigned = async (type: EngineType, command: readonly string[]): Promise<void> => {
  const engine = `{ type: ${type}, auth: none, command: ${JSON.stringify(command)} }`;
  const graph = RUNNER_GRAPH.replace('{ type: exec, auth: none, command: ["true"] }', engine);
  const one = await startSingleRunner({ graph, hasAgents: true });
  await one.trust();
  await one.offer();
  const lines = one.home.disk.lines.map(encodeLine);
  await one.close();
  writeFileSync(join(runner, 'ledger/000001.ndjson'), Buffer.concat(lines), { mode: 0o600 });
};

test('a node is tried as its assignment has it, and what was seen is kept until its program is another', async () => {
  const agent = join(homes.root, 'agent.mjs');
  bundleAgent(agent, 'canary');
  const command = [process.execPath, agent, 'never'];
  await assigned('acp', command);
  const told = await json<ProbeResult>(home, ['runner', 'probe', 'builder']);
  const named = { agent: JSON.stringify(command), sandbox: 'none' };
  expect(told).toMatchObject({ ...named, holds: false, facts: { command_asked: 'no' } });
  expect(await keptProbes(runner)).toMatchObject([named]);
  const standing = standingProbes(runner);
  expect(await standing()).toHaveLength(1);
  writeFileSync(agent, 'another');
  expect(await standing()).toEqual([]);
});

test('an agent can be tried before its runner joins, in what that offers', async () => {
  await writeConfig(runner, newcomerConfig, {
    ...{ kind: 'runner', name: 'r1', keys: 'file' },
    settings: { labels: {}, sandbox: ['none'], capacity: 1, protocols: ['ssh'], repositoryHooks: false },
  });
  const absent = await run(home, ['runner', 'probe', 'nobody-has-this', '--no-input']);
  expect([absent.code, absent.stderr]).toEqual([6, expect.stringContaining('is not on this machine')]);
  const known = { code: 'not_found', words: expect.stringContaining(KNOWN_AGENTS.goose.install) };
  expect(await refusedHere('goose')).toEqual(known);
  const talker = join(home, 'talker');
  // One that ended would be told to have ended, where that is seen first
  writeFileSync(talker, '#!/bin/sh\necho hello\nexec cat >/dev/null\n', { mode: 0o700 });
  const tried = await run(home, ['runner', 'probe', talker, '--no-input']);
  expect(tried.stdout).toMatch(/^turn 1 +failed: stopped: the agent printed a line/m);
  expect(await refusedHere('true', 'bwrap')).toEqual(NO_FENCE);
});

test('what cannot be tried is refused in words, and nothing is kept of it', async () => {
  const absent = { code: 'not_found', words: expect.stringContaining('is not on this machine') };
  expect(await refusedHere('nobody-has-this')).toEqual(absent);
  expect(await refusedHere('true', 'bwrap')).toEqual(NO_FENCE);
  await assigned('exec', ['true']);
  const mute = await run(home, ['runner', 'probe', 'builder', '--no-input']);
  expect([mute.code, mute.stderr]).toEqual([64, expect.stringContaining('has an exec engine')]);
  expect(await keptProbes(runner)).toEqual([]);
});
