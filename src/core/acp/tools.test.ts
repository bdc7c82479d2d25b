import { describe, expect, test } from 'vitest';
import { asksForTool, hearTools, progressLine, toolReply } from './tools.ts';

const line = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
/** What is replied to it. */
const replyTo = (text: string) => {
  const heard = hearTools(text);
  return heard.is === 'answered' ? JSON.parse(heard.reply) : heard;
};
const call = (params: unknown) => hearTools(line({ id: 7, method: 'tools/call', params }));

describe('a server of directives', () => {
  test.each([
    ['2025-06-18', '2025-06-18'],
    ['2099-01-01', '2025-11-25'],
    [undefined, '2025-11-25'],
  ])('asked for revision %s speaks %s', (protocolVersion, spoken) => {
    const { id, result } = replyTo(line({ id: 'a', method: 'initialize', params: { protocolVersion } }));
    expect([id, result.protocolVersion, result.capabilities]).toEqual(['a', spoken, { tools: {} }]);
  });
  test('lists each directive with what it takes', () => {
    const { tools } = replyTo(line({ id: 1, method: 'tools/list' })).result;
    expect(
      tools.map(({ name, inputSchema }: { name: string; inputSchema: { required: string[] } }) => [
        name,
        inputSchema.required,
      ]),
    ).toEqual([
      ['delegate', ['to', 'task']],
      ['handoff', ['to', 'task']],
      ['ask', ['question']],
      ['escalate', ['to', 'words']],
      ['request_review', ['to']],
      ['artifact', ['name']],
      ['run', ['argv']],
      ['review', ['verdict']],
    ]);
    expect(tools[4].inputSchema).toMatchObject({
      ...{ type: 'object', additionalProperties: false },
      properties: { note: { type: 'string', maxLength: 400 } },
    });
  });
  test('is there', () => {
    expect(replyTo(line({ id: 1, method: 'ping' }))).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });
  test('takes a call for the directive of its name, whatever is in it', () => {
    const progress = { is: 'call', id: 7, directive: '{"ask":{"question":"x"}}', progress: 'p' };
    expect(call({ name: 'ask', arguments: { question: 'x' }, _meta: { progressToken: 'p' } })).toEqual(
      progress,
    );
    expect(call({ name: 'ask' })).toEqual({ is: 'call', id: 7, directive: '{"ask":{}}', progress: null });
  });
  test.each([
    ['what is no JSON', 'hello', -32700],
    ['a key twice', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32700],
    ['what is no message', '[]', -32600],
    ['an id that is none', line({ id: {}, method: 'ping' }), -32600],
    ['what nobody knows', line({ id: 1, method: 'resources/list' }), -32601],
    ['what all objects have', line({ id: 1, method: 'valueOf' }), -32601],
    ['a call of what nobody knows', line({ id: 1, method: 'tools/call', params: { name: 'rm' } }), -32602],
    [
      'a call of what all objects have',
      line({ id: 1, method: 'tools/call', params: { name: 'valueOf' } }),
      -32602,
    ],
    ['a call of nothing', line({ id: 1, method: 'tools/call', params: { name: { length: {} } } }), -32602],
  ])('refuses %s', (_, text, code) => {
    expect(replyTo(text).error.code).toBe(code);
  });
  test('hears that a call is left, and nothing in other notices and answers', () => {
    const left = (params: unknown) => hearTools(line({ method: 'notifications/cancelled', params }));
    expect(left({ requestId: 7 })).toEqual({ is: 'left', id: 7 });
    for (const nothing of [
      left({}),
      hearTools(line({ method: 'notifications/initialized' })),
      hearTools(line({ id: 1, result: {} })),
    ])
      expect(nothing).toEqual({ is: 'nothing' });
  });
  test('hears half a character as one that is broken', () => {
    expect(call({ name: 'ask', arguments: { question: 'a\ud83d' } })).toMatchObject({
      directive: '{"ask":{"question":"a\ufffd"}}',
    });
  });
});

test.each([
  ['{"ok":true,"reply":"yes"}', false],
  ['{"ok":false,"error":{"code":"no_edge","message":"m"}}', true],
  ['{}', true],
])('the answer %s is an error of the tool: %s', (answer, isError) => {
  const { id, result } = JSON.parse(toolReply(7, answer));
  const content = [{ type: 'text', text: answer }];
  expect([id, result]).toEqual([7, { content, structuredContent: JSON.parse(answer), isError }]);
});
test('a call that goes on says so', () => {
  expect(JSON.parse(progressLine('p', 2))).toMatchObject({
    ...{ jsonrpc: '2.0', method: 'notifications/progress' },
    params: { progressToken: 'p', progress: 2 },
  });
});

describe('a request of an agent is for a directive', () => {
  const described = { command: null, operation: 'command.run' } as const;
  const ours = 'mcp__entangle-ab__ask';
  test.each([
    ['by its title', { title: ours }],
    ['by a name beside it', { title: '{}', _meta: { toolName: ours } }],
    ['by its title, where the name beside it is none', { title: ours, _meta: { toolName: 7 } }],
  ])('%s', (_, asked) => {
    expect(asksForTool('entangle-ab', { toolCall: asked }, described, undefined)).toBe(true);
  });
  const dotted = 'mcp.entangle-ab.ask';
  test.each([
    [
      'where the request is for a tool of a server',
      { _meta: { is_mcp_tool_approval: true } },
      {},
      dotted,
      true,
    ],
    ['not where it does not say so', {}, {}, dotted, false],
    ['not where it says another', { _meta: { is_mcp_tool_approval: true } }, { title: 'rm' }, dotted, false],
    ['not where nothing was told of it', { _meta: { is_mcp_tool_approval: true } }, {}, undefined, false],
  ])('by what was told of the call before, %s', (_, request, toolCall, known, is) => {
    expect(asksForTool('entangle-ab', { ...request, toolCall }, described, known)).toBe(is);
  });
  test.each<[string, object, Parameters<typeof asksForTool>[2]]>([
    ['where it is for another tool of the server', { title: 'mcp__entangle-ab__rm' }, described],
    ['where it is for the same of another', { title: 'mcp__entangle-cd__ask' }, described],
    ['where there is more', { title: `${ours} and more` }, described],
    ['where the agent has another name for it', { title: ours, _meta: { toolName: 'shell' } }, described],
    ['where there is a command', { title: ours }, { ...described, command: 'rm' }],
    ['where it changes files', { title: ours }, { ...described, operation: 'file.write' }],
    ['where it has no title', {}, described],
  ])('not %s', (_, asked, bound) => {
    expect(asksForTool('entangle-ab', { toolCall: asked }, bound, undefined)).toBe(false);
  });
});
