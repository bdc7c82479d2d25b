/** An API that the model of a probe speaks, as much of it as agents use: what was asked in one form, and a call or an end in its own. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ModelAsked, ModelCall } from './canary-calls.ts';

export type ModelApi = {
  /** As clients of it expect their endpoint to end. */
  base: string;
  /** The whole path of what they ask. */
  path: RegExp;
  key(headers: IncomingHttpHeaders): unknown;
  asked(body: unknown, path: string): ModelAsked | null;
  /** `n`: of the answer. Whole, or the events of a stream. */
  whole(call: ModelCall | null, n: number): object;
  events(call: ModelCall | null, n: number): string[];
};

export const bearer = ({ authorization }: IncomingHttpHeaders): string | undefined =>
  authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
/** What the model says when it calls nothing. */
export const DONE = 'Done.';
export const VERSION = '/v1';
/** An event of a stream that names its type, in and before its data. */
export const typedEvent = (type: string, told: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...told })}\n\n`;
