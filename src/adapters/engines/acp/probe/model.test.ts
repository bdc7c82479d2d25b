import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { CLAUDE_MESSAGES, GEMINI_CONTENTS, RESPONSES } from '../known-agents.ts';
import { callFor, type ModelAsked } from './canary-calls.ts';
import { type ProbeModel, startProbeModel } from './model.ts';

const called = { name: 'bash', arguments: { command: 'echo made' } };
let model: ProbeModel;
beforeEach(async () => {
  const next = ({ tools }: ModelAsked) => (tools?.length ? called : null);
  model = await startProbeModel({ key: 'right', next });
});
afterEach(() => model.close());

const tools = [{ type: 'function', function: { name: 'bash', parameters: {} } }];
const ask = (body: unknown, key = 'right', path = '/chat/completions') =>
  fetch(`${model.endpoint}${path}`, {
    ...{ method: 'POST', headers: { authorization: `Bearer ${key}` } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('a call of a tool is answered whole, and in parts', async () => {
  const { choices } = (await (await ask({ messages: [], tools })).json()) as { choices: object[] };
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ function: { name: 'bash', arguments: '{"command":"echo made"}' } }] },
  });
  const lines = (await (await ask({ messages: [], tools, stream: true })).text()).trim().split('\n\n');
  expect(JSON.parse(lines[0]!.slice('data: '.length)).choices[0].delta.tool_calls).toMatchObject([
    { index: 0, type: 'function', function: { name: 'bash' } },
  ]);
  expect(lines.at(-1)).toBe('data: [DONE]');
  const done = (await (await ask({ messages: [] })).json()) as { choices: object[] };
  expect(done.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Done.' } });
});

test('over the messages of Anthropic the same is asked, and answered in its own form', async () => {
  const seen: ModelAsked[] = [];
  const next = (asked: ModelAsked) => {
    seen.push(asked);
    return asked.tools?.length ? called : null;
  };
  const other = await startProbeModel({ key: 'right', next, api: CLAUDE_MESSAGES });
  try {
    const say = (body: object, key = 'right') =>
      fetch(`${other.endpoint}/v1/messages?beta=true`, {
        ...{ method: 'POST', headers: { 'x-api-key': key }, body: JSON.stringify(body) },
      });
    const input_schema = { properties: { command: { type: 'string' } }, required: ['command'] };
    const body = {
      tools: [{ name: 'Bash', input_schema }, { name: 'web_search' }],
      messages: [
        { role: 'user', content: 'make it' },
        {
          role: 'user',
          content: [
            { type: 'tool_result', content: 'ran' },
            { type: 'text', text: 'and on' },
          ],
        },
      ],
    };
    const tool = { type: 'tool_use', name: 'bash', input: called.arguments };
    expect(await (await say(body)).json()).toMatchObject({ stop_reason: 'tool_use', content: [tool] });
    expect(seen[0]).toMatchObject({
      messages: [{ role: 'user' }, { role: 'tool' }, { role: 'user' }],
      tools: [{ function: { name: 'Bash', parameters: input_schema } }, { function: { name: 'web_search' } }],
    });
    const told = await (await say({ ...body, stream: true })).text();
    const events = told
      .trim()
      .split('\n\n')
      .map((one) => JSON.parse(one.split('\ndata: ')[1]!));
    expect(events.map(({ type }) => type)).toEqual([
      ...['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop'],
      ...['message_delta', 'message_stop'],
    ]);
    expect(JSON.parse(events[2].delta.partial_json)).toEqual(called.arguments);
    const done = await (await say({ messages: [], stream: true })).text();
    expect(done).toContain('"text":"Done."');
    expect(done).toContain('"stop_reason":"end_turn"');
    expect((await say(body, 'wrong')).status).toBe(404);
  } finally {
    other.close();
  }
});

/** What its agent is asked of another API, and what it answers. */
const speaking = async (api: string, headers: Record<string, string>) => {
  const seen: ModelAsked[] = [];
  const calls: (typeof called | null)[] = [];
  const next = (asked: ModelAsked) => {
    seen.push(asked);
    return calls.shift() ?? null;
  };
  const other = await startProbeModel({ key: 'right', next, api });
  const say = (path: string, body: object, more = headers) =>
    fetch(`${other.endpoint}${path}`, { method: 'POST', headers: more, body: JSON.stringify(body) });
  return { other, seen, calls, say };
};
const dataOf = async (response: Response) =>
  (await response.text())
    .trim()
    .split('\n\n')
    .map((one) => JSON.parse(one.replace(/^(?:event: .*\n)?data: /, '')));

test('over the responses of OpenAI the same is asked, also of tools in a space of names', async () => {
  const { other, seen, calls, say } = await speaking(RESPONSES, { authorization: 'Bearer right' });
  try {
    calls.push({ ...called, name: 'space/delegate' });
    const parameters = { properties: { cmd: { type: 'string' } } };
    const body = {
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'make it' }] },
        { type: 'function_call', call_id: 'c', name: 'exec_command', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'ran' },
      ],
      tools: [
        { type: 'function', name: 'exec_command', parameters },
        { type: 'namespace', name: 'space', tools: [{ type: 'function', name: 'delegate', parameters }] },
        { type: 'web_search' },
      ],
    };
    const events = await dataOf(await say('/responses', { ...body, stream: true }));
    expect(seen[0]).toMatchObject({
      messages: [{ role: 'user' }, { role: 'tool', content: { output: 'ran' } }],
      tools: [{ function: { name: 'exec_command', parameters } }, { function: { name: 'space/delegate' } }],
    });
    expect(events.map(({ type }) => type)).toEqual([
      ...[
        'response.created',
        'response.output_item.added',
        'response.output_item.done',
        'response.completed',
      ],
    ]);
    const item = { type: 'function_call', namespace: 'space', name: 'delegate', call_id: 'call_1' };
    expect(events[2].item).toMatchObject({ ...item, arguments: JSON.stringify(called.arguments) });
    const done = (await (await say('/responses', { input: 'make it' })).json()) as { output: object[] };
    expect(done.output).toMatchObject([{ type: 'message', content: [{ text: 'Done.' }] }]);
    expect((await say('/responses', body, { authorization: 'Bearer wrong' })).status).toBe(404);
  } finally {
    other.close();
  }
});

test('over the contents of Gemini the same is asked, whole or in a stream by its path', async () => {
  const { other, seen, calls, say } = await speaking(GEMINI_CONTENTS, { 'x-goog-api-key': 'right' });
  try {
    calls.push(called, null);
    const parametersJsonSchema = { properties: { command: { type: 'string' } } };
    const functionResponse = { name: 'bash', response: { output: 'ran' } };
    const body = {
      contents: [
        { role: 'user', parts: [{ text: 'make it' }] },
        { role: 'user', parts: [{ functionResponse }, { text: 'and on' }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'bash', parametersJsonSchema }] }],
    };
    const path = '/v1beta/models/stub:streamGenerateContent?alt=sse';
    const [event] = await dataOf(await say(path, body));
    expect(seen[0]).toMatchObject({
      messages: [{ role: 'user' }, { role: 'tool' }, { role: 'user' }],
      tools: [{ function: { name: 'bash', parameters: parametersJsonSchema } }],
    });
    const functionCall = { name: 'bash', args: called.arguments };
    expect(event.candidates[0]).toMatchObject({ content: { parts: [{ functionCall }] } });
    const whole = await say('/v1beta/models/stub:generateContent', { contents: [] });
    expect(await whole.json()).toMatchObject({ candidates: [{ content: { parts: [{ text: 'Done.' }] } }] });
    for (const away of ['/v1beta/models/stub:countTokens', '/v1beta/models/a/b:generateContent'])
      expect((await say(away, body)).status).toBe(404);
    expect((await say(path, body, { authorization: 'Bearer right' })).status).toBe(404);
  } finally {
    other.close();
  }
});

test.each([
  ['another key', { messages: [] }, 'wrong', undefined],
  ['another path', { messages: [] }, 'right', '/models'],
  ['what is no JSON', '{', 'right', undefined],
  ['another form', { messages: 1 }, 'right', undefined],
  ['too many bytes', `"${'x'.repeat(MAX_PROBE.request)}"`, 'right', undefined],
] as const)('%s is answered with nothing', async (_, body, key, path) => {
  const answer = await ask(body, key, path).catch(() => null);
  expect(answer === null ? 404 : answer.status).toBe(404);
});

test('requests without end are answered no more', async () => {
  for (let n = 0; n < MAX_PROBE.requests; n++) await (await ask({ messages: [] })).text();
  expect((await ask({ messages: [] })).status).toBe(404);
});

describe('which tool is called, and how', () => {
  const offering = (name: string, properties: object, required: string[] = []) => ({
    messages: [],
    tools: [{ function: { name, parameters: { properties: properties as never, required } } }],
  });
  const string = { type: 'string' };
  const command = { kind: 'command', answer: 'approved', name: 'c' } as const;
  const edit = { kind: 'edit', answer: 'approved', name: 'c' } as const;

  test.each([
    ['bash', command, { command: string }, [], { command: 'echo made > c' }],
    [
      'run_shell_command',
      command,
      { command: string, is_background: { type: 'boolean' } },
      ['command', 'is_background'],
      { command: 'echo made > c', is_background: false },
    ],
    [
      'exec_command',
      command,
      { cmd: string, sandbox_permissions: { ...string, enum: ['use_default', 'require_escalated'] } },
      ['cmd'],
      { cmd: 'echo made > c', sandbox_permissions: 'require_escalated' },
    ],
    [
      'exec_command',
      edit,
      { cmd: string, sandbox_permissions: string },
      ['cmd'],
      { cmd: "apply_patch <<'END'\n*** Begin Patch\n*** Add File: c\n+made\n*** End Patch\nEND" },
    ],
    [
      'exec_command',
      { kind: 'look' } as const,
      { cmd: string, sandbox_permissions: string },
      ['cmd'],
      { cmd: 'ls' },
    ],
    ['write', edit, { filePath: string, content: string }, [], { filePath: 'c', content: 'made\n' }],
    ['write_file', edit, { file_path: string, content: string }, [], { file_path: 'c', content: 'made\n' }],
  ] as const)('%s', (name, canary, properties, required, given) => {
    expect(callFor(offering(name, properties, [...required]), canary, 'c')).toEqual({
      name,
      arguments: given,
    });
  });

  test.each([
    ['a tool of another name', 'delegate', { command: string }],
    ['a shell that takes no command', 'bash', { script: string }],
    ['a write without a content', 'write', { path: string }],
  ])('%s is not called', (_, name, properties) => {
    for (const canary of [command, edit]) expect(callFor(offering(name, properties), canary, 'c')).toBeNull();
  });
});
