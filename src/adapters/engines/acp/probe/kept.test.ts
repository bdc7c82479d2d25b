import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { probedAs } from '../../../../../test/support/probe-records.ts';
import { agentText } from '../../../../core/acp/probe-record.ts';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { judgedProbes, keepProbe, keptProbes, standingProbes } from './kept.ts';
import { programsOf } from './programs.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entangle-kept-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('the newest of each agent and sandbox is kept, so many of them', async () => {
  expect(await keptProbes(home)).toEqual([]);
  await keepProbe(home, probedAs('kimi'));
  await keepProbe(home, probedAs('kimi', { sandbox: 'bwrap' }));
  await keepProbe(home, probedAs('kimi', { at: 2 }));
  expect((await keptProbes(home)).map(({ sandbox, at }) => [sandbox, at])).toEqual([
    ['bwrap', 1],
    ['none', 2],
  ]);
  for (let n = 0; n < MAX_PROBE.kept; n++) await keepProbe(home, probedAs(`agent ${n}`));
  expect((await keptProbes(home)).map(({ agent }) => agent)).not.toContain('kimi');
});

test('what cannot be read shows nothing', async () => {
  writeFileSync(join(home, 'probes.json'), '[{"agent":"kimi"}]', { mode: 0o600 });
  expect(await keptProbes(home)).toEqual([]);
});

test('another program, another file that the command names and another version are another agent', async () => {
  const program = join(home, 'bin/agent');
  const script = join(home, 'main.mjs');
  mkdirSync(join(home, 'bin'));
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(script, 'one');
  const version = (version: string) => writeFileSync(join(home, 'package.json'), JSON.stringify({ version }));
  version('1.2.3');
  const now = () => programsOf([program, script]);
  const first = await now();
  expect(first?.version).toBe('1.2.3');
  expect(await now()).toEqual(first);
  const digests = new Set([first?.digest]);
  writeFileSync(script, 'two');
  digests.add((await now())?.digest);
  writeFileSync(program, '#!/bin/sh\n:\n');
  digests.add((await now())?.digest);
  version('1.2.4');
  digests.add((await now())?.digest);
  expect(digests.size).toBe(4);
  expect(await programsOf([join(home, 'none')])).toBeNull();
  expect(await programsOf(['./main.mjs'])).toBeNull();
});

describe('T154 an installed agent is another', () => {
  const installed = () => join(home, 'lib/node_modules');
  const file = (...path: string[]) => join(installed(), ...path);
  const make = (path: string, text: string) => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
  };
  const agent = () => programsOf([join(home, 'agent')]);
  beforeEach(() => {
    make(file('@team/agent/dist/main.mjs'), 'main');
    make(file('@team/agent/dist/permissions.mjs'), 'asks');
    make(file('@team/agent/node_modules/inner/index.js'), 'inner');
    make(file('@team/agent/package.json'), '{"version":"1.0.0"}');
    make(file('.package-lock.json'), '{"packages":{"node_modules/beside":{"version":"1"}}}');
    make(file('beside/index.js'), 'beside');
    symlinkSync(file('@team/agent/dist/main.mjs'), join(home, 'agent'));
  });
  test.each<[string, () => void]>([
    [
      'by a file of its package that its command does not name',
      () => make(file('@team/agent/dist/permissions.mjs'), 'never'),
    ],
    ['by a package within it', () => make(file('@team/agent/node_modules/inner/index.js'), 'other')],
    ['by a file more', () => make(file('@team/agent/dist/more.mjs'), '')],
    [
      'by a file that moved',
      () => renameSync(file('@team/agent/dist/permissions.mjs'), file('@team/agent/p.mjs')),
    ],
    ['by what npm noted of a package beside it', () => make(file('.package-lock.json'), '{}')],
    ['by a link in it', () => symlinkSync('main.mjs', file('@team/agent/dist/link.mjs'))],
  ])('%s', async (_, change) => {
    const known = new Map<string, string>();
    const before = await programsOf([join(home, 'agent')], known);
    expect(before?.version).toBe('1.0.0');
    expect(await agent()).toEqual(before);
    change();
    const after = await programsOf([join(home, 'agent')], known);
    expect(after?.digest).not.toBe(before?.digest);
    expect(await agent()).toEqual(after);
  });
  test('not by a package beside it of which npm noted nothing else, nor by the time of a file', async () => {
    const before = await agent();
    make(file('beside/index.js'), 'other');
    utimesSync(file('@team/agent/dist/permissions.mjs'), 1, 1);
    expect(await agent()).toEqual(before);
  });
  test('its files are read once, as long as the system says the same of them', async () => {
    const known = new Map<string, string>();
    await programsOf([join(home, 'agent')], known);
    const size = known.size;
    await programsOf([join(home, 'agent')], known);
    expect(known.size).toBe(size);
    make(file('@team/agent/dist/permissions.mjs'), 'never');
    await programsOf([join(home, 'agent')], known);
    // That file, and its tree
    expect(known.size).toBe(size + 2);
  });
});

test('what a probe saw that tried other things is void', async () => {
  const program = join(home, 'agent');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(home, 'package.json'), '{}');
  const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest();
  // As it was kept when files alone made it
  const before = sha256(Buffer.concat([sha256('#!/bin/sh\n'), sha256('{}')])).toString('hex');
  expect((await programsOf([program]))?.digest).not.toBe(before);
  await keepProbe(home, probedAs(agentText({ command: [program] }), { programs: before }));
  expect(await keptProbes(home)).toHaveLength(1);
  expect(await standingProbes(home)()).toEqual([]);
});

test('what was seen of a program stands until the program is another, while the runner runs too', async () => {
  const program = join(home, 'agent');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const { digest } = (await programsOf([program]))!;
  const agent = agentText({ command: [program] });
  const standing = standingProbes(home);
  await keepProbe(home, probedAs(agent, { programs: digest }));
  await keepProbe(home, probedAs(agentText({ command: [join(home, 'none')] })));
  await keepProbe(home, probedAs('nobody'));
  const agents = async () => (await standing()).map((one) => one.agent);
  expect(await agents()).toEqual([agent]);
  writeFileSync(program, '#!/bin/zh\n');
  expect(await agents()).toEqual([]);
  // It is not forgotten: whoever looks is told that it is void
  expect((await judgedProbes(home)).void.map((one) => one.agent)).toContain(agent);
  writeFileSync(program, '#!/bin/sh\n');
  expect(await agents()).toEqual([agent]);
});

test('a hello holds the newest of them', async () => {
  const program = join(home, 'agent');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const { digest } = (await programsOf([program]))!;
  const agents = Array.from({ length: MAX_PROBE.told + 1 }, (_, n) =>
    agentText({ command: [program, `${n}`] }),
  );
  for (const agent of agents) await keepProbe(home, probedAs(agent, { programs: digest }));
  expect((await standingProbes(home)()).map(({ agent }) => agent)).toEqual(agents.slice(1));
});
