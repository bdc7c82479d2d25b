import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { probedAs, UNTRIED_FACTS } from '../../test/support/probe-records.ts';
import { keepProbe } from '../adapters/engines/acp/probe/kept.ts';
import { programsOf } from '../adapters/engines/acp/probe/programs.ts';
import { agentText, type ProbeRecord } from '../core/acp/probe-record.ts';
import { EntangleError } from '../core/errors.ts';
import type { FederationWanted } from './graph-file.ts';
import { probeOnce } from './up-probe.ts';

const directory = mkdtempSync(join(tmpdir(), 'entangle-up-probe-'));
const program = join(directory, 'agent');
writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
const wanted: FederationWanted = {
  ...{ graph: 'acme', node: 'agent', user: 'you', remote: '/r', base: 'main', offers: ['none'] },
  ...{ sandbox: 'none', capacity: 1 },
  engine: { type: 'acp', auth: 'none', command: [program] },
  agent: { tried: program, key: null },
};
const UNTRIED = { facts: UNTRIED_FACTS, why: 'the agent wants Node.js 22' };
let home: string;

/** What is said, and how often the agent was tried, by who tries it so. */
const probed = async (tried: () => ProbeRecord): Promise<{ said: string[]; times: number }> => {
  const said: string[] = [];
  let times = 0;
  await probeOnce(
    {
      home,
      run: async () => {
        times += 1;
        return tried() as never;
      },
      serve: () => Promise.reject(new Error('nothing is served')),
      show: () => Promise.reject(new Error('nothing is shown')),
    },
    wanted,
    (text) => said.push(text),
  );
  return { said, times };
};
const asFound = async (more: Partial<ProbeRecord>): Promise<ProbeRecord> =>
  probedAs(agentText({ command: [program] }), {
    programs: (await programsOf([program]))?.digest ?? '',
    ...more,
  });

beforeEach(() => {
  home = mkdtempSync(join(directory, 'home-'));
  mkdirSync(join(home, 'runner', 'default'), { recursive: true });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the agent of up', () => {
  test('that was tried is not tried again', async () => {
    await keepProbe(join(home, 'runner', 'default'), await asFound({}));
    const { said, times } = await probed(() => probedAs(''));
    expect(times).toBe(0);
    expect(said).toEqual([`agent    ${program}: asks before a command, and leaves what is rejected`]);
  });
  test('of which nothing could be tried says why, and is tried again the next time', async () => {
    await keepProbe(join(home, 'runner', 'default'), await asFound(UNTRIED));
    const { said, times } = await probed(() => probedAs('', UNTRIED));
    expect(times).toBe(1);
    expect(said[1]).toBe(
      `agent    ${program}: could not be tried: the agent wants Node.js 22; what it said: \`entangle runner probe ${program}\``,
    );
  });
  test('whose mode was pinned, and that did nothing then, could not be tried either', async () => {
    const facts = { ...UNTRIED_FACTS, mode_pinned: 'yes' } as const;
    const { said } = await probed(() => probedAs('', { facts, why: 'its turn timed_out: nothing was said' }));
    expect(said[1]).toContain(': could not be tried: its turn timed_out');
  });
  test('that cannot be tried is no reason to start nothing, but an end by Ctrl-C is', async () => {
    const failing = (code: 'unavailable' | 'interrupted') => () => {
      throw new EntangleError(code, 'it did not start');
    };
    expect((await probed(failing('unavailable'))).said[1]).toBe(`agent    ${program}: it did not start`);
    await expect(probed(failing('interrupted'))).rejects.toMatchObject({ code: 'interrupted' });
  });
});
