/** What a turn is in whichever version of the protocol its agent speaks. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { agentTurns } from '../../../../test/support/agent-turns.ts';
import type { AcpSpec } from './profiles.ts';

const { at, doing } = agentTurns();
const MODEL = { profile: 'kimi', model: 'm', endpoint: 'http://127.0.0.1:1/v1' } as const;
const VERSIONS = [1, 2] as const;
const specOf = (version: 1 | 2, manner = ''): AcpSpec => ({
  ...{ type: 'acp', auth: 'none' },
  command: ['node', at('work/agent.mjs'), String(version), manner],
  ...(version === 2 && { protocol: 2 }),
});

describe.each(VERSIONS)('version %d', (version) => {
  const agent = (manner?: string) => ({ spec: specOf(version, manner) });
  test('words, thoughts, plans, calls and usage are told', async () => {
    const lines = ['think hm', 'call edit a.txt', 'plan first', 'usage', 'edit own.txt', 'say done'];
    const { end, text } = await doing(lines, undefined, agent());
    expect(end).toMatchObject({ reason: 'done', exitCode: 0 });
    expect(text().split('\n')).toEqual([
      'thinks: hm',
      'call: edit a.txt (edit): pending',
      'call: edit a.txt (edit): completed',
      'plan: first (pending)',
      'usage: 12 of 100 tokens',
      'done',
      '',
    ]);
    expect(readFileSync(at('work/own.txt'), 'utf8')).toBe('by itself\n');
  });
  test('what it tells of tokens and cost last is in the end of its turn; what is no number of them is not', async () => {
    const lines = [
      'usage {"used":5,"cost":{"amount":0.25,"currency":"USD"}}',
      'usage {"used":7}',
      'usage {"used":-1}',
      'usage {"used":1e300,"cost":{"amount":1,"currency":"USD"}}',
    ];
    const { end, text } = await doing(lines, undefined, agent());
    expect(end.usage).toEqual({ tokens: 7, cost: { currency: 'USD', micros: 250_000 } });
    expect(text()).toBe('usage: 5 of 100 tokens, 0.25 USD\nusage: 7 of 100 tokens\n');
    expect((await doing(['say on'], undefined, agent())).end.usage).toBeUndefined();
  });
  test('another option than its session was pinned to ends the turn', async () => {
    const { end, text } = await doing(['choose default', 'wait'], undefined, agent('optional'));
    expect(end).toMatchObject({ reason: 'failed', isModeChanged: true });
    expect(text()).toBe('mode: it changed its option “m” to “default”\n');
  });
  test('a known agent is pinned to its mode, or is not prompted', async () => {
    const known = (manner: string) => ({ spec: { ...specOf(version, manner), ...MODEL } });
    expect((await doing(['say on'], undefined, known('optional'))).text()).toBe('on\n');
    const { end, text } = await doing(['say on'], undefined, known('stubborn'));
    expect([end.reason, text()]).toEqual(['failed', '']);
    expect(end.tail).toContain('the agent cannot be used: it did not take the mode “default”');
    const without = await doing(['say on'], undefined, known('modeless'));
    expect(without.end.tail).toContain('the agent cannot be used: it has no mode “default”');
  });
  test('directives are calls of tools', async () => {
    const { text } = await doing(['tool ask {"question":"x"}'], undefined, agent());
    expect(text()).toMatch(/^tool \{/);
  });
  test('what it asks for after its end is not done', async () => {
    const { text, asked } = await doing(
      ['say on', 'stop end_turn', 'run touch never.txt'],
      undefined,
      agent(),
    );
    expect([text(), asked]).toEqual(['on\n', []]);
  });
});

describe('version 2', () => {
  const spec = (manner?: string) => ({ spec: specOf(2, manner) });
  test('gives an agent no files and no terminals of its runner', async () => {
    const { end, text } = await doing(['write late.txt', 'read agent.mjs', 'begin ls'], undefined, spec());
    expect(end.reason).toBe('done');
    expect(existsSync(at('work/late.txt'))).toBe(false);
    const refused = ['fs/write_text_file', 'fs/read_text_file', 'terminal/create'];
    expect(text().match(/"method":"[a-z_/]+"/g)).toEqual(refused.map((one) => `"method":"${one}"`));
  });
  test('nothing is known to go through its runner, whatever is known of the agent', async () => {
    const known = { spec: { ...specOf(2, 'optional'), ...MODEL } };
    const { asked } = await doing(['propose a.txt new'], undefined, known);
    expect(asked).toMatchObject([{ operation: 'file.write', isThrough: false }]);
  });
  test('an end without a reason is not one that went well', async () => {
    const { end } = await doing(['say on'], undefined, spec('mum'));
    expect(end.tail).toContain('for a reason that is not known here');
  });
  test('an agent that starts no servers for its tools is told of none', async () => {
    const { asked } = await doing(['own ask'], undefined, spec('toolless'));
    expect(asked).toMatchObject([{ words: 'mcp__undefined__ask' }]);
  });
  test('is not spoken with an agent that answers in another', async () => {
    const one: AcpSpec = { ...specOf(2), command: ['node', at('work/agent.mjs'), '1'] };
    const { end } = await doing(['say on'], undefined, { spec: one });
    expect(end.tail).toContain(
      'the agent did not do initialize: it does not answer in version 2 of its protocol',
    );
  });
});
