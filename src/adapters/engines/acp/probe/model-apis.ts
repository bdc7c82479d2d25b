/** The APIs that the model of a probe speaks, by the words in which an agent's row says what its endpoint has to speak. */
import type { ServerResponse } from 'node:http';
import { CHAT, CLAUDE_MESSAGES, GEMINI_CONTENTS, RESPONSES } from '../known-agents.ts';
import type { ModelCall } from './canary-calls.ts';
import type { ModelApi } from './model-api.ts';
import { chat } from './model-chat.ts';
import { gemini } from './model-gemini.ts';
import { messages } from './model-messages.ts';
import { responses } from './model-responses.ts';

export const MODEL_APIS: Readonly<Record<string, ModelApi>> = {
  [CHAT]: chat,
  [CLAUDE_MESSAGES]: messages,
  [RESPONSES]: responses,
  [GEMINI_CONTENTS]: gemini,
};
export const isSpoken = (api: string): boolean => Object.hasOwn(MODEL_APIS, api);

export const replyWith = (
  api: ModelApi,
  response: ServerResponse,
  { call, n, isStream }: { call: ModelCall | null; n: number; isStream: boolean },
): void => {
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  response.end(isStream ? api.events(call, n).join('') : JSON.stringify(api.whole(call, n)));
};
