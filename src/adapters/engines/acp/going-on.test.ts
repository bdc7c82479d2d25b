/** An agent whose session goes on over the turns of a task, and what is said where it does not. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { agentTurns } from '../../../../test/support/agent-turns.ts';
import { MAX_KEPT_AGENT } from '../../../core/bounds.ts';
import { canonicalize } from '../../../core/encoding/canonical.ts';
import { probeSandbox } from '../probe.ts';
import { takeBack } from './kept-home.ts';
import type { AcpSpec } from './profiles.ts';

const { available } = await probeSandbox();
const kinds = available ? (['none', 'bwrap'] as const) : (['none'] as const);
const { at, doing } = agentTurns();
const MODEL = { profile: 'kimi', model: 'm', endpoint: 'http://127.0.0.1:1/v1' } as const;
const FIRST = 'recall\nsay first';
const ALL = `${FIRST}\n\n# more\n\nrecall`;

const agentOf = (manner = '', version: 1 | 2 = 1): AcpSpec => ({
  ...{ type: 'acp', auth: 'none' },
  command: ['node', at('work/agent.mjs'), String(version), manner],
  ...(version === 2 && { protocol: 2 }),
});
type Setup = NonNullable<Parameters<typeof doing>[2]>;
/** As its runner has it: the same directory, made anew. */
const turn = async (n: number, text: string, setup: Setup = {}) => {
  rmSync(at('scratch'), { recursive: true, force: true });
  mkdirSync(at('scratch'), { mode: 0o700 });
  const before = n > 1 && { before: { kept: at(`agent-${n - 1}`), words: '# more\n\nrecall' } };
  return doing([text], undefined, { keep: at(`agent-${n}`), ...before, ...setup });
};
const two = async (spec: AcpSpec, setup: Setup = {}, between = () => {}, after = spec) => {
  const first = await turn(1, setup.task ?? FIRST, { spec, ...setup });
  expect(first.text()).not.toContain('session:');
  between();
  const second = await turn(2, ALL, { ...setup, spec: after, task: ALL });
  expect(second.end.reason).toBe('done');
  return { first, second, text: second.text() };
};

describe.each(kinds)('in the sandbox %s', (sandbox) => {
  test.each([
    ['resume', 1],
    ['load', 1],
    ['', 2],
  ] as const)('a session goes on, and is told what is new alone: %s %d', async (manner, version) => {
    const { first, second, text } = await two(agentOf(manner, version), { sandbox });
    expect(first.end.isKept).toBe(true);
    expect(text).toBe(`session: goes on\nrecalls ${JSON.stringify([FIRST, '# more\n\nrecall'])}\n`);
    expect(second.asked).toEqual([]);
    // It is moved from turn to turn, and closed to everybody else
    expect(readdirSync(at('agent-1'))).toEqual(['agent.json']);
    expect(readdirSync(at('agent-2'))).toEqual(['agent.json', 'home']);
    expect(statSync(at('agent-2')).mode & 0o777).toBe(0o700);
  });
});

describe('a session that cannot go on begins anew with the whole task, and says why', () => {
  const anew = (why: string) =>
    `session: begins anew with the whole task: ${why}\nrecalls ${JSON.stringify([ALL])}\nfirst\nrecalls ${JSON.stringify([ALL])}\n`;
  test('its agent does not offer it', async () => {
    expect((await two(agentOf())).text).toBe(anew('the agent does not offer it'));
  });
  test.each([1, 2] as const)('its agent knows it no more, in version %d', async (version) => {
    const { text } = await two(agentOf('forgetful', version));
    const known = JSON.stringify([FIRST, ALL]);
    expect(text).toBe(
      anew('the agent did not do session/resume: no such session').replaceAll(JSON.stringify([ALL]), known),
    );
  });
  test('its turn was cut off, so that what was kept is gone', async () => {
    const { text } = await two(agentOf('resume'), {}, () => rmSync(at('agent-1/home'), { recursive: true }));
    expect(text).toBe(anew('nothing is kept of it'));
  });
  test('what tells of it cannot be read', async () => {
    const { text } = await two(agentOf('resume'), {}, () => rmSync(at('agent-1'), { recursive: true }));
    expect(text).toBe(anew('nothing is kept of it'));
  });
  test.each(['', '{"sessionId":"s'])('what tells of it was cut as it was written: %j', async (cut) => {
    const { text } = await two(agentOf('resume'), {}, () => writeFileSync(at('agent-1/agent.json'), cut));
    expect(text).toBe(anew('nothing is kept of it'));
  });
  test('its node has another agent by now', async () => {
    const { text } = await two(agentOf('resume'), {}, undefined, agentOf('load'));
    expect(text).toBe(anew('its node has another agent now'));
  });
  test('what it keeps is more than is kept', async () => {
    const { text } = await two(agentOf('resume'), { task: `keep ${MAX_KEPT_AGENT.bytes + 1}` });
    expect(text).toBe(anew(`what its agent keeps is too much, more than ${MAX_KEPT_AGENT.bytes} bytes`));
    expect(existsSync(at('agent-1/home'))).toBe(false);
  });
  test('its agent made something else of its HOME', async () => {
    const task = `swap ${at('scratch/home')} ${at('work')}`;
    const { text } = await two(agentOf('resume'), { task });
    expect(text).toBe(anew('its agent made something else of its HOME'));
  });
  const ASKED = 'where its policy has calls approved, nothing that could answer for people goes on';
  test('people answer for its calls, and what it stored could answer for them: nothing is kept', async () => {
    const { text } = await two(agentOf('resume'), { isAsked: true });
    expect(text).toBe(anew(ASKED));
    expect([existsSync(at('agent-1/home')), existsSync(at('agent-2/home'))]).toEqual([false, false]);
  });
  test('people answer for its calls since the turn before', async () => {
    await turn(1, FIRST, { spec: agentOf('resume') });
    const { text } = await turn(2, ALL, { spec: agentOf('resume'), isAsked: true });
    expect(text()).toBe(anew(ASKED));
  });
  test('where its key is to lie its agent left a link', async () => {
    const secrets = [{ name: 'model-key', bytes: Buffer.from('sk-1') }];
    const spec: AcpSpec = { ...agentOf('resume'), ...MODEL, auth: 'secret:model-key' };
    const task = `swap ${at('scratch/home/.kimi-code')} ${at('work')}`;
    const { text } = await two(spec, { secrets, task });
    expect(text).toBe(anew('its agent left something in the way of its configuration'));
    expect(existsSync(at('work/config.toml'))).toBe(false);
  });
});

describe.each([1, 2] as const)('over version %d', (version) => {
  const resuming = () => agentOf('resume', version);
  test('a turn that does not end well keeps nothing, nor does one whose runner names no place', async () => {
    const spec = resuming();
    expect((await turn(1, 'stop refusal', { spec })).end.isKept).toBeUndefined();
    expect(existsSync(at('agent-1'))).toBe(false);
    expect((await doing([FIRST], undefined, { spec })).end.isKept).toBeUndefined();
  });

  test('what the turns before cost in the session that goes on is no cost of this one', async () => {
    const spec = resuming();
    const costs = (amount: number) => `usage {"used":5,"cost":{"amount":${amount},"currency":"USD"}}`;
    await turn(1, costs(0.25), { spec });
    const before = { kept: at('agent-1'), words: costs(0.75) };
    const { end } = await turn(2, ALL, { spec, before });
    expect(end.usage).toEqual({ tokens: 5, cost: { currency: 'USD', micros: 500_000 } });
    // A new session has its own count
    const anew = await turn(3, costs(0.75), { spec, before: { kept: at('none'), words: '' } });
    expect(anew.end.usage?.cost?.micros).toBe(750_000);
  });

  test.each([
    ['nothing', 'say quiet'],
    ['no cost', 'usage {"used":6}'],
  ])('a turn that tells %s leaves the next one what was told before', async (_, quiet) => {
    const spec = resuming();
    const costs = (amount: number) => `usage {"used":5,"cost":{"amount":${amount},"currency":"USD"}}`;
    await turn(1, costs(0.25), { spec });
    await turn(2, ALL, { spec, before: { kept: at('agent-1'), words: quiet } });
    const { end } = await turn(3, ALL, { spec, before: { kept: at('agent-2'), words: costs(0.75) } });
    expect(end.usage?.cost?.micros).toBe(500_000);
  });
});

test('the mode of a session that goes on is pinned before it is prompted', async () => {
  const spec: AcpSpec = {
    ...agentOf('resume'),
    ...MODEL,
  };
  await turn(1, FIRST, { spec });
  const { end } = await turn(2, ALL, { spec, before: { kept: at('agent-1'), words: 'mode auto\nwait' } });
  expect(end.tail).toContain('session: goes on\n');
  expect(end.tail).toContain('it changed its mode to “auto”');
});

/** Modes close nothing to root. */
const asEngineAccount = async <T>(work: () => Promise<T>): Promise<T> => {
  if (process.getuid?.() !== 0) return work();
  execFileSync('chown', ['-R', '65533', at()]);
  process.seteuid?.(65533);
  return work().finally(() => process.seteuid?.(0));
};

describe('what an agent left at the path of a file with a secret', () => {
  const name = '.agent/config';
  const taking = async (left: (home: string) => void) => {
    mkdirSync(at('kept/home/.agent'), { recursive: true });
    left(at('kept/home'));
    const spec = agentOf();
    writeFileSync(at('kept/agent.json'), JSON.stringify({ sessionId: 's', spec: canonicalize(spec) }));
    const turn = { spec, scratch: at('scratch'), before: { kept: at('kept'), words: '' } };
    const found = await asEngineAccount(() => takeBack(turn, [{ name, bytes: Buffer.alloc(0) }]));
    return 'why' in found! ? found.why : existsSync(at('scratch/home', name));
  };
  const inTheWay = 'its agent left something in the way of its configuration';
  test.each<[string, string | boolean, (home: string) => void]>([
    ['nothing', false, () => undefined],
    ['a file, which goes', false, (home) => writeFileSync(`${home}/${name}`, 'old')],
    ['a link', inTheWay, (home) => symlinkSync('/etc/hosts', `${home}/${name}`)],
    ['a directory', inTheWay, (home) => mkdirSync(`${home}/${name}`)],
    [
      'a file in the place of its directory',
      inTheWay,
      (home) => {
        rmSync(`${home}/.agent`, { recursive: true });
        writeFileSync(`${home}/.agent`, '');
      },
    ],
    ['below a directory that is closed to us', inTheWay, (home) => chmodSync(`${home}/.agent`, 0o500)],
  ])('is %s', async (_, found, left) => {
    expect(await taking(left)).toBe(found);
  });
});
