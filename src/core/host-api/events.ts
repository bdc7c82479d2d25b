/** Server-sent events as the Host writes them and its client reads them (WHATWG HTML §9.2). JSON has no line breaks of its own. */
import { parseStrict } from '../encoding/strict-json.ts';

/** Says that the stream lives. */
export const ALIVE = ':\n\n';
export const eventText = ({ cursor, data }: { cursor: string; data: unknown }): string =>
  `id: ${cursor}\ndata: ${JSON.stringify(data)}\n\n`;
const END = 'end';
/** The last one: `body` is that of the error that ended the stream. */
export const lastEventText = (body: unknown): string => `event: ${END}\ndata: ${JSON.stringify(body)}\n\n`;

export type ReadEvent =
  | { is: 'event'; cursor: string; data: unknown }
  | { is: 'alive' }
  | { is: 'end'; body: unknown };

/** More than any event of ours has. */
const MAX_EVENT = 1_048_576;
const MAX_DEPTH = 64;

/** Reads a stream piece by piece, however it is cut. Throws for what no Host of ours writes. */
export class EventReader {
  #rest = '';

  push(piece: string): ReadEvent[] {
    const [rest = '', ...whole] = `${this.#rest}${piece}`.split('\n\n').reverse();
    if (rest.length > MAX_EVENT) throw new Error('an event without end');
    this.#rest = rest;
    return whole.reverse().map(readEvent);
  }
}

const readEvent = (text: string): ReadEvent => {
  const fields = new Map(text.split('\n').map((line) => fieldOf(line)));
  const data = fields.get('data');
  // A comment alone
  if (data === undefined) return { is: 'alive' };
  const value = parseStrict(data, { maxDepth: MAX_DEPTH });
  if (fields.get('event') === END) return { is: 'end', body: value };
  const cursor = fields.get('id');
  if (cursor === undefined) throw new Error('an event without id');
  return { is: 'event', cursor, data: value };
};

const fieldOf = (line: string): [name: string, value: string] => {
  const colon = line.indexOf(':');
  return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
};
