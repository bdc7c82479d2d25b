import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asksForAuth, readFrame } from './frames.ts';

const id = 'a'.repeat(64);
const event = `{"id":"${id}","pubkey":"${'b'.repeat(64)}","kind":1059,"created_at":5,"content":"]"}`;

describe('frames', () => {
  test('an event keeps its own bytes', () => {
    for (const frame of [`["EVENT","live-1",${event}]`, ` [ "EVENT" ,\n"live-1",  ${event} ] \n`]) {
      expect(readFrame(frame)).toEqual({
        name: 'EVENT',
        subscription: 'live-1',
        text: event,
        id,
        author: 'b'.repeat(64),
        kind: 1059,
        createdAt: 5,
        recipients: [],
      });
    }
  });

  test('whom an event is for, whatever its tags are', () => {
    const recipientsIn = (tags: string) => {
      const read = readFrame(`["EVENT","x",{"id":"${id}","kind":1059,"created_at":5,"tags":${tags}}]`);
      return read?.name === 'EVENT' ? read.recipients : undefined;
    };
    expect(recipientsIn('[["p","k"],["e","j"],["p"],7,{"0":"p"}]')).toEqual(['k', undefined]);
    for (const tags of ['{"0":["p","k"]}', 'null', '"p"']) expect(recipientsIn(tags)).toEqual([]);
  });

  test('EOSE with and without the hints of NIP-67', () => {
    for (const frame of ['["EOSE","x"]', '["EOSE","x","finish"]', '["EOSE","x","more"]']) {
      expect(readFrame(frame)).toEqual({ name: 'EOSE', subscription: 'x' });
    }
  });

  test('the others', () => {
    expect(readFrame('["OK","x",false,"duplicate: y"]')).toEqual({
      name: 'OK',
      id: 'x',
      accepted: false,
      words: 'duplicate: y',
    });
    expect(readFrame('["OK","x",true]')).toEqual({ name: 'OK', id: 'x', accepted: true, words: '' });
    expect(readFrame('["CLOSED","x",7]')).toEqual({ name: 'CLOSED', subscription: 'x', words: '' });
    expect(readFrame('["NOTICE","hi"]')).toEqual({ name: 'NOTICE', words: 'hi' });
    expect(readFrame('["AUTH","c"]')).toEqual({ name: 'AUTH', challenge: 'c' });
  });

  test('malformed ones are nothing', () => {
    const bad = [
      '',
      'null',
      '{}',
      '[]',
      '["EVENT"]',
      '["EVENT","live-1"]',
      '["EVENT","live-1",]',
      '["EVENT","live-1",null]',
      '["EVENT","live-1",[]]',
      `["EVENT","live-1",${event}`,
      `["EVENT","live-1",${event}] x`,
      `["EVENT","live-1",${event},1]`,
      `["EVENT","live-1",${event.replace('5', '5.5')}]`,
      `["EVENT","live-1",${event.replace('1059', '"1059"')}]`,
      `["EVENT","live-1",${event.replace('"]"', `"${'x'.repeat(66_000)}"`)}]`,
      `["EVENT","live-1",${event.replace('"]"', `"${'ä'.repeat(33_000)}"`)}]`,
      `["EVENT","${'x'.repeat(65)}",${event}]`,
      '["OK","x","true",""]',
      '["EOSE",1]',
      `["AUTH","${'x'.repeat(501)}"]`,
      '['.repeat(100_000),
      '["COUNT","x",{"count":1}]',
    ];
    for (const text of bad) expect(readFrame(text), text.slice(0, 80)).toBeUndefined();
  });

  test('nothing makes the reader throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        readFrame(text);
        readFrame(`["EVENT","x",${text}]`);
        return true;
      }),
    );
  });
});

test('strfry says it after another word', () => {
  expect(asksForAuth('ERROR: auth-required: you must')).toBe(true);
  expect(asksForAuth('restricted: not yours')).toBe(false);
});
