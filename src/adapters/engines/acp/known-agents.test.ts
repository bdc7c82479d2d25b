/** Each row of the known agents: where its key stands, and what a repository cannot tell it. */
import { describe, expect, test } from 'vitest';
import { AGENT_PROFILES, type AgentProfile } from '../../../core/vocabulary.ts';
import { dialectOf } from './dialects.ts';
import { KNOWN_AGENTS } from './known-agents.ts';
import { agentOf } from './profiles.ts';

const KEY = 'sk-"47\\11"';
const ENDPOINT = 'https://models.example.org/v1';
const spec = { type: 'acp', auth: 'secret:model-key', model: 'm-1', endpoint: ENDPOINT } as const;
const secrets = [{ name: 'model-key', bytes: Buffer.from(`${KEY}\n`) }];
const started = (profile: AgentProfile) => {
  const { env, configuration } = agentOf({ ...spec, profile }, secrets);
  const files = configuration.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('utf8')]);
  return { env, files: Object.fromEntries(files) as Record<string, string> };
};
const settings = (profile: AgentProfile, file: string) => JSON.parse(started(profile).files[file] ?? '{}');

describe.each(AGENT_PROFILES)('%s', (profile) => {
  test('has its key in one file of its HOME, and in nothing that a child inherits', () => {
    const { env, files } = started(profile);
    const parts = ['sk-', '47'];
    const holds = (text: string) => parts.every((part) => text.includes(part));
    expect(Object.values(files).filter(holds)).toHaveLength(1);
    expect(JSON.stringify([env, KNOWN_AGENTS[profile].command])).not.toContain('sk-');
    // Where it has none, nothing of another turn's is there either
    const bare = agentOf({ ...spec, auth: 'none', profile }, secrets);
    expect(bare.configuration.some(({ bytes }) => holds(Buffer.from(bytes).toString('utf8')))).toBe(false);
  });
  test('is told its model and the place of its API, and nothing of another service', () => {
    const all = JSON.stringify(started(profile));
    expect(all).toContain('m-1');
    expect(all).toContain('https://models.example.org');
    const { endpoint } = KNOWN_AGENTS[profile];
    if (endpoint !== null) expect(all).not.toContain(new URL(endpoint).host);
  });
  test('is pinned to a mode in which it asks', () => {
    expect(['default', 'build', 'read-only', 'approve']).toContain(KNOWN_AGENTS[profile].mode);
  });
});

test('T126 what an agent of an agent would ask nobody is denied, and a repository does not speak for its agent', () => {
  const opencode = settings('opencode', '.config/opencode/opencode.json');
  expect(opencode.permission).toEqual({
    ...{ bash: 'ask', edit: 'ask', webfetch: 'ask', external_directory: 'ask' },
    task: 'deny',
  });
  expect(opencode.experimental).toEqual({ continue_loop_on_deny: true });
  expect(started('opencode').env).toMatchObject({ OPENCODE_DISABLE_PROJECT_CONFIG: '1' });
  expect(KNOWN_AGENTS.opencode.command).toContain('--pure');
  const claude = settings('claude', '.claude/settings.json');
  expect(claude.permissions).toEqual({ ask: ['Bash', 'Edit', 'Write'], deny: ['Task', 'Workflow'] });
  const { meta } = agentOf({ ...spec, profile: 'claude' }, secrets);
  expect(meta).toEqual({ claudeCode: { options: { settingSources: ['user'] } } });
  expect(started('codex').files['.codex/config.toml']).toContain('[features]\nmulti_agent = false\n');
  const gemini = settings('gemini', '.gemini/settings.json');
  expect(gemini).toMatchObject({
    security: { folderTrust: { enabled: true } },
    advanced: { ignoreLocalEnv: true },
    tools: { exclude: ['invoke_agent'] },
  });
  expect(settings('qwen', '.qwen/settings.json')).toMatchObject({
    security: { folderTrust: { enabled: true } },
    permissions: { deny: ['agent'] },
    memory: { enableManagedAutoMemory: false },
  });
});

test('opencode finds what it would fetch at each start', () => {
  const { files } = started('opencode');
  expect(Object.keys(files)).toContain('.config/opencode/node_modules/.keep');
  const { packages } = settings('opencode', '.config/opencode/package-lock.json');
  expect(Object.keys(packages[''].dependencies)).toEqual(['@opencode-ai/plugin']);
});

test('gemini gives its key to nothing that it starts', () => {
  const { security } = settings('gemini', '.gemini/settings.json');
  expect(security).toMatchObject({ environmentVariableRedaction: { enabled: true } });
  expect(started('gemini').env).toMatchObject({ GEMINI_CLI_NO_RELAUNCH: '1' });
});

test('files of its runner are offered to all but who cannot use them', () => {
  const offered = (profile: AgentProfile) =>
    dialectOf(undefined).hello(agentOf({ ...spec, profile }, secrets).through);
  expect(offered('kimi')).toMatchObject({
    clientCapabilities: { fs: { writeTextFile: true }, terminal: true },
  });
  expect(offered('gemini')).toEqual({ protocolVersion: 1, clientCapabilities: { terminal: true } });
});

test('an endpoint of goose is its host and its path', () => {
  const { env } = agentOf({ ...spec, profile: 'goose', endpoint: 'http://127.0.0.1:8080/' }, secrets);
  expect(env).toMatchObject({
    OPENAI_HOST: 'http://127.0.0.1:8080',
    OPENAI_BASE_PATH: 'chat/completions',
  });
  expect(started('goose').env).toMatchObject({ OPENAI_BASE_PATH: 'v1/chat/completions' });
});
