import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { MAX_ASKED } from '../bounds.ts';
import { utf8Length } from '../encoding/bytes.ts';
import { readShape } from '../encoding/read-shape.ts';
import { bindCall } from './binding.ts';
import { type Calls, upsertCall } from './calls.ts';
import { allowOnce, rejectOnce } from './options.ts';
import { notTaken, PIN_UPDATES, type Pinned, pinnedTo, pinStep } from './pin.ts';
import { sessionMade, call as toldCall } from './shapes.ts';
import { answerLine, callLine, NOTHING_TOLD, planLine, tellPart, usageLine, writtenLine } from './told.ts';

const option = (kind: string, optionId = kind, name = kind) => ({ kind, optionId, name });

describe('the answer to a request', () => {
  test('is the one option that allows once', () => {
    const options = [option('allow_always'), option('allow_once', 'yes'), option('reject_once')];
    expect(allowOnce(options)).toEqual({ option: { id: 'yes', kind: 'allow_once', name: 'allow_once' } });
    expect(rejectOnce(options)).toBe('reject_once');
  });
  test.each([
    ['none', [option('allow_always'), option('reject_once')], 'it offers no allow_once'],
    ['of an unknown kind', [option('allow_for_session')], 'it offers no allow_once'],
    ['several', [option('allow_once', 'a'), option('allow_once', 'b')], 'it offers several allow_once'],
    [
      'one whose name is too long',
      [option('allow_once', 'a', 'x'.repeat(257))],
      'its allow_once has a name of more than 256 characters',
    ],
    [
      'one whose id is that of an always',
      [option('allow_once', 'a'), option('allow_always', 'a')],
      'its allow_once has the id of another option',
    ],
  ])('is no allowance where there is %s', (_, options, why) => {
    expect(allowOnce(options)).toEqual({ why });
  });
  test('is a cancellation where nothing rejects once', () => {
    expect(rejectOnce([option('reject_always')])).toBeNull();
    expect(rejectOnce([option('reject_once', 'a'), option('reject_once', 'b')])).toBeNull();
  });
});

describe('what is bound of a call', () => {
  const bound = (toolCall: object, known?: Parameters<typeof bindCall>[1]) =>
    bindCall({ toolCallId: 'c', ...toolCall }, known).bound;
  const content = [
    { type: 'content', content: { type: 'text', text: 'Requesting approval' } },
    { type: 'diff' },
  ];

  test('is its command, its words, and all else that it gives', () => {
    const rawInput = { command: 'make\nall', cwd: '/x', n: 1 };
    expect(bound({ title: 'Run', kind: 'execute', rawInput, content })).toEqual({
      ...{ operation: 'command.run', binding: 'declared', command: 'make\nall' },
      words: 'Run\nRequesting approval',
      input: '{"content":[{"type":"diff"}],"kind":"execute","rawInput":{"cwd":"/x","n":1}}',
    });
    expect(bound({ title: 'Run', locations: null, rawInput: { command: 'make' } }).input).toBeNull();
    expect(bound({ title: 'Run', locations: [{ path: '/x' }] }).input).toBe('{"locations":[{"path":"/x"}]}');
  });
  test.each([
    ['no input', undefined, null],
    ['a command that is no text', { command: ['make'] }, '{"rawInput":{"command":["make"]}}'],
    ['an empty command', { command: ' ' }, '{"rawInput":{"command":" "}}'],
    ['no members', 'make', '{"rawInput":"make"}'],
  ])('is a description where there is %s', (_, rawInput, input) => {
    const described = { binding: 'described', command: null, words: 'Run', input };
    expect(bound({ title: 'Run', rawInput })).toEqual({ operation: 'command.run', ...described });
  });
  test('is an edit where its kind says so and it gives no command', () => {
    for (const kind of ['edit', 'delete', 'move']) expect(bound({ kind }).operation).toBe('file.write');
    for (const kind of ['execute', 'read', 'fetch', 'switch_mode', 'new'])
      expect(bound({ kind }).operation).toBe('command.run');
    for (const command of ['make', ['rm'], null])
      expect(bound({ kind: 'edit', rawInput: { command } }).operation).toBe('command.run');
  });
  test('has title and kind of what was told of the call before, where it does not repeat them', () => {
    const known = { title: 'Edit a.ts', kind: 'edit', status: 'pending' };
    expect(bound({}, known)).toMatchObject({ operation: 'file.write', words: 'Edit a.ts' });
    expect(bound({ title: 'Other', kind: 'execute' }, known)).toMatchObject({
      operation: 'command.run',
      words: 'Other',
    });
  });
});

const modes = { currentModeId: 'auto', availableModes: [{ id: 'auto' }, { id: 'default' }] };
const select = (id: string, currentValue: string, values: string[], category = 'mode') => ({
  ...{ id, category, currentValue },
  options: [{ options: values.map((value) => ({ value })) }],
});

describe('the mode', () => {
  test('that nobody wants another of is kept, and pinned', () => {
    const made = { sessionId: 's', modes };
    expect(pinStep(made, null)).toEqual({ is: 'kept' });
    expect(pinnedTo(made, { is: 'kept' })).toEqual({ mode: 'auto', values: new Map() });
  });
  test('that is wanted is set, kept, or the agent refused', () => {
    expect(pinStep({ sessionId: 's', modes }, 'default')).toEqual({ is: 'set_mode', modeId: 'default' });
    expect(pinStep({ sessionId: 's', modes }, 'auto')).toEqual({ is: 'kept' });
    const why = 'it has no mode “yolo”';
    expect(pinStep({ sessionId: 's', modes }, 'yolo')).toEqual({ is: 'refused', why });
    expect(pinStep({ sessionId: 's' }, 'yolo')).toEqual({ is: 'refused', why });
  });
  test('may be an option', () => {
    const made = { sessionId: 's', configOptions: [select('m', 'auto', ['auto', 'default'])] };
    const step = pinStep(made, 'default');
    expect(step).toEqual({ is: 'set_option', configId: 'm', value: 'default' });
    expect(pinnedTo(made, step).values.get('m')).toBe('default');
    expect(pinStep(made, 'auto')).toEqual({ is: 'kept' });
    const model = select('m', 'auto', ['auto', 'default'], 'model');
    expect(pinStep({ ...made, configOptions: [model] }, 'default')).toMatchObject({ is: 'refused' });
  });
  test('that is told as an option too is pinned as both', () => {
    const made = { sessionId: 's', modes, configOptions: [select('m', 'auto', ['auto', 'default'])] };
    const pinned = pinnedTo(made, pinStep(made, 'default'));
    expect(pinned).toEqual({ mode: 'default', values: new Map([['m', 'default']]) });
  });
  test('that changes is told', () => {
    const made = { sessionId: 's', modes, configOptions: [select('m', 'a', ['a', 'b'], 'model')] };
    const pinned = pinnedTo(made, pinStep(made, 'default'));
    const told = (kind: string, update: object, to: Pinned = pinned) => PIN_UPDATES.get(kind)?.(to, update);
    const mode = (currentModeId: string) => told('current_mode_update', { currentModeId });
    const option = (...one: Parameters<typeof select>) =>
      told('config_option_update', { configOptions: [select(...one)] });
    expect(mode('default')).toBeNull();
    expect(mode('auto')).toBe('it changed its mode to “auto”');
    expect(option('m', 'a', [])).toBeNull();
    expect(option('m', 'b', [])).toBe('it changed its option “m” to “b”');
    expect(option('new', 'b', [])).toBe('it changed its option “new” to “b”');
    expect(option('new', 'b', [], 'model')).toBeNull();
    const unreadable = 'it told of its mode in a form that cannot be read';
    for (const kind of PIN_UPDATES.keys()) expect(told(kind, { currentModeId: {} })).toBe(unreadable);
  });
  test('that was set as an option is what the answer says', () => {
    const step = { is: 'set_option', configId: 'm', value: 'default' } as const;
    const now = (value: string, id = 'm') => ({ configOptions: [select(id, value, [])] });
    expect(notTaken(step, now('default'))).toBeNull();
    for (const answer of [now('auto'), now('default', 'other'), {}, null])
      expect(notTaken(step, answer)).toBe('it did not take the mode “default”');
    expect(notTaken({ is: 'set_mode', modeId: 'default' }, null)).toBeNull();
  });
});

describe('calls', () => {
  test('are put together by their ids, and news only where one sees a difference', () => {
    const first = upsertCall(new Map(), { toolCallId: 'c', title: 'edit a', kind: 'edit' });
    expect(first).toMatchObject({ call: { title: 'edit a', kind: 'edit', status: 'pending' }, isNews: true });
    const again = upsertCall(first.calls, { toolCallId: 'c', status: 'pending' });
    expect(again).toMatchObject({ call: { title: 'edit a' }, isNews: false });
    const done = upsertCall(again.calls, { toolCallId: 'c', status: 'completed', title: null });
    expect(done).toMatchObject({ call: { title: 'edit a', status: 'completed' }, isNews: true });
  });
  test('without end are not remembered without end', () => {
    let calls: Calls = new Map();
    for (let n = 0; n < 1000; n++) ({ calls } = upsertCall(calls, { toolCallId: `c${n}` }));
    expect(calls.size).toBe(256);
    expect(calls.has('c999')).toBe(true);
  });
  test('with titles that are too long to be asked about stay so, where a request does not repeat them', () => {
    const title = `\u{1f600}${'y'.repeat(MAX_ASKED)}\u{1f600}`;
    const { call } = upsertCall(new Map(), { toolCallId: 'c', title: title.repeat(9) });
    const { words } = bindCall({ toolCallId: 'c' }, call).bound;
    expect([words.length, words.isWellFormed()]).toEqual([MAX_ASKED + 2, true]);
    expect(utf8Length(JSON.stringify(words))).toBeGreaterThan(MAX_ASKED);
    const again = upsertCall(new Map([['c', call]]), { toolCallId: 'c', title: title.repeat(9) });
    expect(again.isNews).toBe(false);
  });
  test('keep nothing of the messages in which they were told', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = held();
    let calls: Calls = new Map();
    for (let n = 0; n < 8; n++) {
      const { title } = JSON.parse(`{"title":"\u4e00${'x'.repeat(2 ** 22)}"}`);
      ({ calls } = upsertCall(calls, { toolCallId: `c${n}`, title }));
    }
    // One of them may still be at hand
    expect(held() - before).toBeLessThan(2 ** 24);
    expect(calls.size).toBe(8);
  });
});

describe('what is told', () => {
  const all = (...parts: Parameters<typeof tellPart>[1][]): string => {
    let told = NOTHING_TOLD;
    const texts = parts.map((part) => {
      told = tellPart(told, part);
      return told.text;
    });
    return texts.join('');
  };
  test('is words as they come, and all else in lines', () => {
    const text = all(
      { is: 'text', text: 'I ' },
      { is: 'text', text: 'look' },
      { is: 'line', text: 'call: x' },
      { is: 'thought', text: 'hm' },
      { is: 'thought', text: 'm' },
      { is: 'text', text: 'done\n' },
      { is: 'line', text: 'plan: y' },
    );
    expect(text).toBe('I look\ncall: x\nthinks: hmm\ndone\nplan: y\n');
  });
  test('makes one line of an agent’s words, and cuts them', () => {
    const call = { title: 'a\nplan: b\u001b[2J\u2028c', kind: 'edit', status: 'pending' };
    expect(callLine(call)).toBe('call: a plan: b [2J c (edit): pending');
    expect(callLine({ ...call, title: 'x'.repeat(9999) }).length).toBeLessThan(600);
    // However long it is, only its beginning is looked at
    expect(callLine({ ...call, title: `${' '.repeat(9999)}x` })).toBe('call:  (edit): pending');
    expect(answerLine('rm\r\nx', 'allowed once')).toBe('asked: rm x: allowed once');
    expect(writtenLine('/a\nb', 3)).toBe('wrote: /a b (3 bytes)');
    expect(planLine({ entries: [{ content: 'a\nb', status: 'pending' }] })).toBe('plan: a b (pending)');
    const cost = { amount: 0.5, currency: 'USD' };
    expect(usageLine({ used: 3, size: 9, cost })).toBe('usage: 3 of 9 tokens, 0.5 USD');
    expect(usageLine({ used: 3, size: 9 })).toBe('usage: 3 of 9 tokens');
  });
});

test.each([
  ['a length of another kind', { sessionId: { length: { a: 1 } } }],
  [
    'too many modes',
    { sessionId: 's', modes: { currentModeId: 'a', availableModes: Array(257).fill({ id: 'a' }) } },
  ],
  ['too long an id', { sessionId: 'x'.repeat(257) }],
])('a session with %s has no shape', (_, value) => {
  expect(readShape(sessionMade, value).success).toBe(false);
});
test('what an agent adds to its updates is passed over', () => {
  const told = { toolCallId: 'c', title: null, _meta: { a: 1 }, rawInput: [] };
  expect(readShape(toldCall, told).success).toBe(true);
});
