/** What an agent runs through its runner: approved exactly, bounded, and ended with its turn. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { APPROVED, agentTurns, NO, YES } from '../../../../test/support/agent-turns.ts';
import { MAX_ACP } from '../../../core/bounds.ts';
import type { Permission, PermissionRequest } from '../../../ports/index.ts';
import { probeSandbox } from '../probe.ts';

const { available } = await probeSandbox();
const kinds = available ? (['none', 'bwrap'] as const) : (['none'] as const);
const { at, doing } = agentTurns();
const made = (name: string) => existsSync(at('work', name));

describe.each(kinds)('sandbox: %s', (sandbox) => {
  test('a command runs in the workspace, with the files and the limits of its turn, and says how it ended', async () => {
    const { asked, text } = await doing(
      ['term echo $HOME; pwd; echo out >&2; touch made; exit 3'],
      () => YES,
      {
        sandbox,
      },
    );
    expect(text()).toContain(
      `ended {"exitCode":3,"signal":null} ${at('scratch/home')}\n${at('work')}\nout\n`,
    );
    expect(made('made')).toBe(true);
    expect(asked).toMatchObject([
      {
        ...{ operation: 'command.run', binding: 'exact', option: null },
        command: "/bin/sh -c 'echo $HOME; pwd; echo out >&2; touch made; exit 3'",
      },
    ]);
  });

  test('that ignores being asked to end is made to, and nothing of it is left', async () => {
    const { text } = await doing(
      [
        "begin trap '' TERM; touch deaf; while :; do sleep 0.1; done",
        'term until [ -e deaf ]; do :; done',
        'kill',
      ],
      () => YES,
      { sandbox },
    );
    // The fence itself is not deaf, and nothing in it outlives it
    const signal = sandbox === 'none' ? 'SIGKILL' : 'SIGTERM';
    expect(text()).toContain(`ended {"exitCode":null,"signal":"${signal}"}`);
  });

  test('that still runs when the agent ends its turn ends with it, and with what it started', async () => {
    const mark = `86400.${Math.floor(Math.random() * 1e9)}`;
    const lines = [
      `begin setsid sleep ${mark} & touch begun; sleep ${mark}`,
      'term until [ -e begun ]; do :; done',
    ];
    const { end } = await doing(lines, () => YES, { sandbox });
    expect(end.reason).toBe('done');
    const processes = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' });
    expect(processes.split('\n').filter((line) => line.includes(mark) && !line.startsWith('Z'))).toEqual([]);
  });
});

describe('a command in a terminal', () => {
  test('that was approved as a text runs once without a question; the second time it is asked about', async () => {
    const { asked } = await doing(['declare echo a', 'term echo a', 'term echo a']);
    expect(asked.map(({ binding }) => binding)).toEqual(['declared', 'exact']);
  });

  test.each([
    ['another text', 'term touch evil'],
    ['another directory', 'argv {"args":["-c","touch a"],"cwd":"WORK/sub"}'],
    [
      'an environment of its own',
      'argv {"args":["-c","touch a"],"env":[{"name":"BASH_ENV","value":"evil"}]}',
    ],
    ['another shell', 'argv {"command":"./sh","args":["-c","touch a"]}'],
    ['more words', 'argv {"args":["-c","touch a","evil"]}'],
  ])('with %s than was approved is asked about, and does not run where that is refused', async (_, line) => {
    const lines = ['declare touch a', line.replace('WORK', at('work'))];
    const { asked, text } = await doing(lines, ({ option }) => (option ? YES : NO));
    expect(asked.map(({ binding }) => binding)).toEqual(['declared', 'exact']);
    expect(text()).toContain('not run');
    expect([made('a'), made('evil')]).toEqual([false, false]);
  });

  test('is no program with a name as that text: words that were read are words', async () => {
    const script = `printf '#!/bin/sh\\ntouch evil\\n' > './touch a'; chmod +x './touch a'`;
    const lines = ['declare ./touch a', `term ${script}`, 'argv {"command":"./touch a"}'];
    const isNot = ({ command }: PermissionRequest) => command === `'./touch a'`;
    const { asked, text } = await doing(lines, (one) => (isNot(one) ? NO : YES));
    expect(asked.map(({ command }) => command)).toContain(`'./touch a'`);
    expect(text()).toContain('not run');
    expect([made('touch a'), made('evil')]).toEqual([true, false]);
  });

  test.each([
    ['a directory', '{"command":"touch a","cwd":"sub"}'],
    ['an environment', '{"command":"touch a","env":{"DRY_RUN":"1"}}'],
    ['anything that is not known', '{"command":"touch a","other":1}'],
  ])('that was approved with %s is not the text alone: it is asked about', async (_, given) => {
    const { asked } = await doing([`give ${given}`, 'term touch a'], ({ option }) => (option ? YES : NO));
    expect(asked.map(({ binding }) => binding)).toEqual(['declared', 'exact']);
    expect(made('a')).toBe(false);
  });

  test('is bound with all its words, its directory and its environment, which people can read', async () => {
    const env = [{ name: 'KEY', value: 'v' }];
    const { asked } = await doing([
      `argv ${JSON.stringify({ command: 'printenv', args: ['KEY', 'a b'], env })}`,
    ]);
    expect(asked[0]!.command).toBe("printenv KEY 'a b'");
    expect(JSON.parse(asked[0]!.input ?? '')).toEqual({
      argv: ['printenv', 'KEY', 'a b'],
      cwd: '.',
      env: { KEY: 'v' },
    });
  });

  test('of a request that was only let come so far is asked about there', async () => {
    const { asked } = await doing(
      ['declare echo a', 'term echo a'],
      ({ option }) => (option ? APPROVED : YES),
      {
        known: true,
      },
    );
    expect(asked).toMatchObject([{ isThrough: true }, { binding: 'exact' }]);
  });

  test.each([
    ['a directory outside', '{"args":["-c","touch x"],"cwd":"/"}', 'in the workspace alone'],
    [
      'a directory that leads out',
      '{"args":["-c","touch x"],"cwd":"WORK/../scratch"}',
      'in the workspace alone',
    ],
    [
      'a name of the runner',
      '{"env":[{"name":"ENTANGLE_TASK_FILE","value":"x"}]}',
      'its environment cannot have',
    ],
    [
      'a name twice',
      '{"env":[{"name":"A","value":"x"},{"name":"A","value":"y"}]}',
      'its environment cannot have',
    ],
    ['a NUL', '{"args":["-c","a\\u0000b"]}', 'has a NUL'],
  ])('with %s is refused, and nobody is asked', async (_, members, words) => {
    const { asked, text } = await doing([`argv ${members.replace('WORK', at('work'))}`]);
    expect(text()).toContain(words);
    expect(asked).toEqual([]);
  });

  test('three of which are refused in a row end the turn', async () => {
    const { end } = await doing(['term a', 'term b', 'term c', 'wait'], () => NO);
    expect(end.tail).toContain('3 requests of the agent in a row were refused');
  });

  test('does not begin when the turn was over before it was approved', async () => {
    const cancelled = new AbortController();
    const late = (): Permission => {
      cancelled.abort();
      return YES;
    };
    await doing(['term touch late', 'wait'], late, { signal: cancelled.signal });
    expect(made('late')).toBe(false);
  });

  test('that prints without end is kept to the end of it, whole characters at a time', async () => {
    const lines = ['argv {"args":["-c","yes ß | head -c 300000"],"outputByteLimit":1000}'];
    const { text } = await doing(lines);
    expect(text()).toMatch(/ended \{"exitCode":0,"signal":null\} cut 66[67] characters/);
  });

  test('that floods its terminal ends the turn', async () => {
    const { end } = await doing([`term yes | head -c ${MAX_ACP.terminalsAll + 1_000_000}`, 'wait']);
    expect(end.reason).toBe('output_limit');
  });

  test('counts with the memory of its turn', async () => {
    const holding = `${process.execPath} -e "const held = Buffer.alloc(400 * 1024 ** 2, 1); setInterval(() => held, 1e6)"`;
    const limits = { timeMs: 60_000, outputBytes: 1e6, memoryBytes: 350 * 1024 ** 2 };
    const { end } = await doing([`begin exec ${holding}`, 'wait'], () => YES, {
      limits: { ...limits, diskBytes: 1e9, diskEntries: 1e6 },
    });
    expect(end).toMatchObject({ reason: 'failed' });
    expect(end.tail).toContain('over the memory limit');
  });

  test('that was approved while others waited beside it is counted again: no more run than may', async () => {
    const everyone = Promise.withResolvers<Permission>();
    let waiting = 0;
    const answer = () => {
      waiting += 1;
      if (waiting === MAX_ACP.terminals + 1) everyone.resolve(YES);
      return everyone.promise;
    };
    const { text } = await doing([`together ${MAX_ACP.terminals + 1} sleep 60`], answer);
    expect(text().match(/begun/g)).toHaveLength(MAX_ACP.terminals);
    expect(text().match(/at most 16 terminals at once/g)).toHaveLength(1);
  });

  test('that is approved ends the row of refused ones', async () => {
    const lines = ['term a', 'term b', 'term true', 'term c', 'term true', 'say still here'];
    const { end, text } = await doing(lines, ({ command }) => (command?.includes('true') ? YES : NO));
    expect(end.reason).toBe('done');
    expect(text()).toContain('still here');
  });

  test('is one of so many at once; one that is released is gone', async () => {
    const begun = Array.from({ length: MAX_ACP.terminals }, () => 'begin sleep 60');
    const { text } = await doing([...begun, 'begin true', 'release', 'begin true']);
    expect(text().match(/begun/g)).toHaveLength(MAX_ACP.terminals + 1);
    expect(text().match(/at most 16 terminals at once/g)).toHaveLength(1);
    expect(text()).toContain('there is no such terminal');
  });
});
