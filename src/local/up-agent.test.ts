/** What `up --agent` makes of the words of a person, and what it asks for when they are too few. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AGENT_PROFILES } from '../core/vocabulary.ts';
import { agentEngine, agentKey, agentNetwork, agentWish, canBeTried, requireAgent } from './up-agent.ts';
import type { UpAgent } from './up-state.ts';

const flags = (given: { agent?: string; model?: string; url?: string; file?: string } = {}) => ({
  ...{ agent: given.agent, model: given.model, 'model-url': given.url, 'key-file': given.file },
});
const wish = (given: Parameters<typeof flags>[0], before: UpAgent | null = null, hasEngine = false) =>
  agentWish(flags(given), before, hasEngine);
const KIMI: UpAgent = { name: 'kimi', model: 'k', endpoint: 'https://api.moonshot.ai/v1', hasKey: true };

describe('the agent that is wished for', () => {
  test('is that of last time where nothing else is said, and none beside an engine', () => {
    expect(wish({})).toBeNull();
    expect(wish({}, KIMI)).toEqual(KIMI);
    expect(wish({}, KIMI, true)).toBeNull();
    expect(wish({ model: 'l' }, KIMI)).toEqual({ ...KIMI, model: 'l' });
  });
  test('is at its own service, or where it is said to be', () => {
    expect(wish({ agent: 'kimi', model: 'k' })).toEqual({ ...KIMI, hasKey: false });
    expect(wish({ agent: 'kimi', url: 'http://127.0.0.1:1/v1' })?.endpoint).toBe('http://127.0.0.1:1/v1');
    expect(wish({ agent: 'opencode' })?.endpoint).toBeNull();
  });
  test('takes nothing of another one along, and no key to another place', () => {
    const other = { name: 'qwen', model: null, hasKey: false };
    expect(wish({ agent: 'qwen' }, KIMI)).toMatchObject(other);
    expect(wish({ url: 'https://elsewhere.example/v1' }, KIMI)).toMatchObject({
      name: 'kimi',
      hasKey: false,
    });
    expect(wish({ url: KIMI.endpoint! }, KIMI)).toEqual(KIMI);
  });
  test.each([{ model: 'm' }, { url: 'https://m.example' }, { file: '/k' }])(
    'is named before %o is said of it',
    (given) => {
      expect(() => wish(given)).toThrow('a model and a key are those of an agent');
    },
  );
});

describe('its engine', () => {
  test('is what a graph says of a known agent, or of a command', () => {
    expect(agentEngine(KIMI)).toEqual({
      ...{ type: 'acp', auth: 'secret:model-key', profile: 'kimi' },
      ...{ model: 'k', endpoint: 'https://api.moonshot.ai/v1' },
    });
    const own = { name: 'my-agent  acp', model: null, endpoint: 'https://m.example', hasKey: false };
    expect(agentEngine(own)).toEqual({ type: 'acp', auth: 'none', command: ['my-agent', 'acp'] });
    expect(agentNetwork(own)).toEqual(['m.example:443']);
    expect(agentNetwork(KIMI)).toEqual([]);
  });
  test.each([
    [{ ...KIMI, model: null }, 'model: is missing'],
    [{ ...KIMI, endpoint: null }, 'endpoint: is missing'],
    [{ ...KIMI, endpoint: 'nowhere' }, 'must be the URL of the API of a model'],
    [{ ...KIMI, endpoint: 'http://m.example/v1' }, 'must begin with https:// where a secret is sent there'],
    [{ ...KIMI, name: 'my-agent' }, 'nothing is known of the agent "my-agent"'],
  ])('is refused before anything is started: %o', (agent, words) => {
    expect(() => agentEngine(agent)).toThrow(words);
  });
  test('is tried first where the model of a probe speaks its API', () => {
    const tried = AGENT_PROFILES.filter((name) => canBeTried({ ...KIMI, name }));
    expect(tried).toEqual(AGENT_PROFILES);
    expect(canBeTried({ ...KIMI, name: 'my-agent acp' })).toBe(true);
  });
});

describe('what it needs', () => {
  let directory: string;
  const { PATH } = process.env;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'entangle-up-agent-'));
    process.env.PATH = directory;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(directory, { recursive: true, force: true });
  });
  test('is its program: one that is missing says how it is got', async () => {
    await expect(requireAgent({ ...KIMI, model: null })).rejects.toMatchObject({
      code: 'not_found',
      message: 'the agent "kimi" is not on this machine',
      hint: 'install it where PATH has it: npm install --global @moonshot-ai/kimi-code',
    });
    const own = { ...KIMI, name: '/nowhere/agent acp', model: null };
    await expect(requireAgent(own)).rejects.toMatchObject({
      hint: expect.stringMatching(
        /^install it where PATH has it, give its absolute path, or .*kimi, opencode/,
      ),
    });
    writeFileSync(join(directory, 'kimi'), '#!/bin/sh\n', { mode: 0o755 });
    await requireAgent(KIMI);
  });
  test('is a key where a service asks for one, and only a new one', async () => {
    const file = join(directory, 'key');
    writeFileSync(file, 'sk-1234567');
    const bare = { ...KIMI, hasKey: false };
    expect(await agentKey(bare, file, true)).toEqual(Buffer.from('sk-1234567'));
    expect(await agentKey(KIMI, undefined, true)).toBeNull();
    expect(await agentKey({ ...bare, endpoint: 'http://127.0.0.1:1/v1' }, undefined, true)).toBeNull();
    expect(await agentKey({ ...bare, name: 'my-agent' }, undefined, true)).toBeNull();
    await expect(agentKey(bare, undefined, true)).rejects.toMatchObject({
      code: 'usage',
      message: '"kimi" logs in to https://api.moonshot.ai/v1 with a key',
    });
  });
});
