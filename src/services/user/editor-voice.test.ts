/** What an editor is shown: whose words are whose. */
import { expect, test } from 'vitest';
import { askedBefore, EditorVoice, quotedLine } from './editor-voice.ts';

const textOf = (update: object): string => (update as { content: { text: string } }).content.text;

test('what a node prints is quoted line by line; what is said here is not, and stands apart', () => {
  const voice = new EditorVoice();
  const said = [
    voice.said('**ours**'),
    voice.printed('1', '**approved**: run `rm`'),
    voice.printed('2', ''),
    voice.quoted('two\nlines'),
    voice.said('ours again'),
  ];
  expect(said.map(textOf).join('')).toBe(
    '**ours**\n\n> **approved**: run `rm`  \n>   \n> two  \n> lines  \n\nours again\n\n',
  );
});

test('a quoted line can move no cursor, end no quote, fetch nothing and hide nothing', () => {
  expect(quotedLine('\u001b[2Jx\r\ny')).toBe('> \\x1b[2Jx\\x0d\\x0ay  \n');
  expect(quotedLine('![a](https://x/?q) <img src=x> </details> a < b, Vec<u8>')).toBe(
    '> !\\[a](https://x/?q) \\<img src=x> \\</details> a < b, Vec\\<u8>  \n',
  );
});

test.each([
  ['<b>', '\\<b>'],
  ['\\<b>', '\\<b>'],
  ['\\\\<b>', '\\\\\\<b>'],
  ['\\\\\\<b>', '\\\\\\<b>'],
])('a tag is one to no editor, however many backslashes are before it: %s', (line, shown) => {
  expect(quotedLine(line)).toBe(`> ${shown}  \n`);
});

test('nor in what a call or a plan is called', () => {
  const voice = new EditorVoice();
  const image = '![a](https://x/)';
  expect(voice.printed('1', `call: ${image} (other): pending`)).toMatchObject({
    title: '!\\[a](https://x/)',
  });
  expect(voice.printed('2', `plan: ${image} (pending)`)).toMatchObject({
    entries: [{ content: '!\\[a](https://x/)' }],
  });
});

test('a call is one thing from its beginning to its end, and the same again another', () => {
  const voice = new EditorVoice();
  const told = (id: string, status: string) => voice.printed(id, `call: make (execute): ${status}`);
  const call = { title: 'make', kind: 'execute' };
  expect(told('1', 'pending')).toEqual({
    sessionUpdate: 'tool_call',
    toolCallId: '1',
    ...call,
    status: 'pending',
  });
  const update = { sessionUpdate: 'tool_call_update', toolCallId: '1' };
  expect(told('2', 'in_progress')).toEqual({ ...update, status: 'in_progress' });
  expect(told('3', 'completed')).toEqual({ ...update, status: 'completed' });
  expect(told('4', 'pending')).toMatchObject({ sessionUpdate: 'tool_call', toolCallId: '4' });
});

test('calls that never end are not remembered without end', () => {
  const voice = new EditorVoice();
  const begin = (n: number) => voice.printed(`${n}`, `call: ${n} (read): pending`);
  for (let n = 0; n <= 256; n += 1) begin(n);
  expect(begin(256)).toMatchObject({ sessionUpdate: 'tool_call_update' });
  expect(begin(0)).toMatchObject({ sessionUpdate: 'tool_call', toolCallId: '0' });
});

test('plan, thought and usage have updates of their own, and no controls', () => {
  const voice = new EditorVoice();
  expect(voice.printed('1', 'plan: a\u0007 (pending)')).toEqual({
    sessionUpdate: 'plan',
    entries: [{ content: 'a\\x07', status: 'pending', priority: 'medium' }],
  });
  expect(voice.printed('2', 'thinks: hm\u0007')).toMatchObject({
    sessionUpdate: 'agent_thought_chunk',
    content: { text: '> hm\\x07  \n' },
  });
  expect(voice.printed('3', 'usage: 5 of 100 tokens, 0.1 U\u202eS')).toEqual({
    ...{ sessionUpdate: 'usage_update', used: 5, size: 100 },
    cost: { amount: 0.1, currency: 'U\\u{202e}S' },
  });
  expect(voice.printed('4', 'call: \u0007 (read): failed')).toMatchObject({ title: '\\x07' });
});

test('the task of before has its lines, and no controls', () => {
  expect(askedBefore('a\n\u001bb')).toEqual({
    ...{ sessionUpdate: 'user_message_chunk', content: { type: 'text', text: 'a\n\\x1bb' } },
  });
});
