/** Version 2 of the protocol, in the forms of version 1: nothing that an agent gives is lost, nothing ends a turn that does not. */
import { describe, expect, test } from 'vitest';
import { readShape } from '../encoding/read-shape.ts';
import { bindCall } from './binding.ts';
import { DraftEnd, DraftUpdates, draftOptions, draftPermission } from './draft.ts';
import { permissionAsked } from './shapes.ts';

const OPTIONS = [{ optionId: 'o', name: 'once', kind: 'allow_once' }];
const bound = (asked: object) => {
  const { data } = readShape(
    permissionAsked,
    draftPermission({ sessionId: 's', title: 'T', options: OPTIONS, ...asked }),
  );
  return data === undefined ? null : bindCall(data.toolCall, undefined);
};

describe('a request', () => {
  test('about a command binds its text, its directory and all else that it gives', () => {
    const subject = { type: 'command', command: 'make', cwd: '/w', terminalId: 't', toolCallId: 'c' };
    expect(bound({ description: 'to see', subject })).toMatchObject({
      isBare: false,
      isRun: true,
      bound: {
        ...{ operation: 'command.run', binding: 'declared', command: 'make', words: 'T\nto see' },
        input: '{"kind":"execute","rawInput":{"cwd":"/w","terminalId":"t"}}',
      },
    });
  });
  test('about a call binds its words, those of its call, and what that gives', () => {
    const toolCall = { toolCallId: 'c', title: 'edit it', kind: 'edit', rawInput: { path: 'a' } };
    expect(bound({ subject: { type: 'tool_call', toolCall } })?.bound).toEqual({
      ...{ operation: 'file.write', binding: 'described', command: null, words: 'T\nedit it' },
      input: '{"kind":"edit","rawInput":{"path":"a"}}',
    });
  });
  test('without a subject binds its words alone', () => {
    for (const subject of [null, undefined])
      expect(bound({ subject })?.bound).toMatchObject({ binding: 'described', words: 'T', input: null });
  });
  test.each([
    ['a subject that is not known', { subject: { type: '_other', command: 'make' } }],
    ['a command without a directory', { subject: { type: 'command', command: 'make' } }],
    ['no title', { title: 7 }],
    ['no options', { options: 'all' }],
  ])('with %s is none', (_, asked) => {
    expect(bound(asked)).toBeNull();
  });
});

describe('an update', () => {
  const chunk = (text: string) => ({
    sessionUpdate: 'agent_message_chunk',
    messageId: 'm',
    content: { type: 'text', text },
  });
  const whole = (text: string, kind = 'agent_message') => ({
    ...{ sessionUpdate: kind, messageId: 'm' },
    content: [{ type: 'text', text }, { type: 'image' }],
  });
  test('that tells a message whole tells what was not told in pieces', () => {
    const updates = new DraftUpdates();
    expect(updates.of(chunk('ab'))).toMatchObject({ content: { text: 'ab' } });
    expect(updates.of(whole('abc'))).toEqual({
      ...{ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'c' } },
    });
    expect(updates.of(whole('abc'))).toBeNull();
    expect(updates.of(whole('other'))).toMatchObject({ content: { text: 'other' } });
    expect(updates.of({ sessionUpdate: 'agent_message', messageId: 'm' })).toBeNull();
    expect(updates.of({ ...whole('hm', 'agent_thought'), messageId: 't' })).toMatchObject({
      ...{ sessionUpdate: 'agent_thought_chunk', content: { text: 'hm' } },
    });
  });
  test('of a plan is its entries, where it has some', () => {
    const plan = (type: string) => ({ sessionUpdate: 'plan_update', plan: { type, entries: [1] } });
    expect(new DraftUpdates().of(plan('items'))).toEqual({ sessionUpdate: 'plan', entries: [1] });
    expect(new DraftUpdates().of(plan('_other'))).toBeNull();
  });
  test('of options has their names where version 1 has them; one that cannot be read stays as it came', () => {
    const told = { configOptions: [{ configId: 'm', currentValue: 'a' }] };
    expect(draftOptions(told)).toEqual({ configOptions: [{ id: 'm', currentValue: 'a' }] });
    expect(draftOptions({ configOptions: 7 })).toEqual({ configOptions: 7 });
  });
  test('that nothing here has a form of is none', () => {
    expect(new DraftUpdates().of({ sessionUpdate: 'terminal_update' })).toBeNull();
  });
});

describe('a turn ends', () => {
  const state = (state: string, stopReason?: unknown) => ({
    sessionUpdate: 'state_update',
    state,
    stopReason,
  });
  const endOf = async (prompted: boolean, ...states: object[]) => {
    let over = 0;
    const end = new DraftEnd(() => (over += 1));
    if (prompted) end.prompted();
    for (const one of states) end.told(one);
    end.closed(new Error('closed'));
    return [await end.ended.catch((error: Error) => error.message), over];
  };
  test.each([
    ['with idle after work', 'end_turn', [state('running'), state('idle', 'end_turn')]],
    [
      'with the first of two',
      'refusal',
      [state('running'), state('idle', 'refusal'), state('idle', 'end_turn')],
    ],
    ['after it waited for people', 'end_turn', [state('requires_action'), state('idle', 'end_turn')]],
    ['after a state that is not known', 'end_turn', [state('_busy'), state('idle', 'end_turn')]],
    ['for no reason that can be read', '', [state('running'), state('idle', 7)]],
  ])('%s', async (_, reason, states) => {
    expect((await endOf(true, ...states))[0]).toBe(reason);
  });
  test.each([
    ['with an idle that is told again', true, [state('idle', 'end_turn')]],
    ['with what was told before its prompt', false, [state('running'), state('idle', 'end_turn')]],
    ['with what is no state', true, [state('running'), { sessionUpdate: 'state_update' }]],
  ])('not %s, but where nothing more comes', async (_, prompted, states) => {
    expect(await endOf(prompted, ...states)).toEqual(['closed', 0]);
  });
});
