/** Server-sent events as they are written, read back however the stream is cut. */
import { describe, expect, test } from 'vitest';
import { ALIVE, EventReader, eventText, lastEventText, type ReadEvent } from './events.ts';

const hostile = 'line\nid: 9\n\nevent: end\ndata: {}\r\u2028"\\';
const events = [
  { cursor: '1', data: { text: hostile } },
  { cursor: '2', data: [1, null] },
];
const error = { error: { code: 'unavailable', message: 'the Host stops' } };
const text = `${ALIVE}${events.map(eventText).join(ALIVE)}${lastEventText(error)}`;
const read: ReadEvent[] = [
  { is: 'alive' },
  { is: 'event', ...events[0]! },
  { is: 'alive' },
  { is: 'event', ...events[1]! },
  { is: 'end', body: error },
];

describe('what is written', () => {
  test('is read back, whatever a text in it looks like', () => {
    expect(new EventReader().push(text)).toEqual(read);
  });
  test('is read back wherever it was cut', () => {
    for (let at = 0; at <= text.length; at++) {
      const reader = new EventReader();
      expect([...reader.push(text.slice(0, at)), ...reader.push(text.slice(at))]).toEqual(read);
    }
    const reader = new EventReader();
    expect([...text].flatMap((one) => reader.push(one))).toEqual(read);
  });
  test('is no event before it is whole', () => {
    expect(new EventReader().push(eventText(events[0]!).slice(0, -1))).toEqual([]);
  });
});

describe('what no Host writes is refused', () => {
  test.each([
    ['an event without id', 'data: 1\n\n'],
    ['data that is no JSON', 'id: 1\ndata: {\n\n'],
    ['JSON with a key twice', 'id: 1\ndata: {"a":1,"a":2}\n\n'],
    ['a depth without end', `id: 1\ndata: ${'['.repeat(80)}${']'.repeat(80)}\n\n`],
    ['an event without end', `data: "${'x'.repeat(1_048_577)}`],
  ])('%s', (_what, given) => {
    expect(() => new EventReader().push(given)).toThrow();
  });
});
