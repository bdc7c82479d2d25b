/** A turn as version 1 of the Agent Client Protocol has it: a session in the workspace, its mode pinned, one prompt to its end. */
import type { ClientContext } from '@agentclientprotocol/sdk';
import type * as z from 'zod';
import { modeChange, optionChange, type Pinned, pinnedTo, pinStep } from '../../../core/acp/pin.ts';
import {
  initialized,
  type SessionMade,
  sessionMade,
  turnStopped,
  UPDATES,
  updated,
} from '../../../core/acp/shapes.ts';
import { cutMarked } from '../../../core/encoding/cut.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import { EntangleError } from '../../../core/errors.ts';
import { type AskedOf, files, permissions } from './answers.ts';
import { messagesOf } from './messages.ts';

/** Loaded with the first turn: no other command needs it. */
type Sdk = typeof import('@agentclientprotocol/sdk');
export const loadSdk = (): Promise<Sdk> => import('@agentclientprotocol/sdk');

export type Patience = {
  /** For the answers before the prompt. */
  answerMs: number;
  /** Without a word of the agent while it works. */
  silenceMs: number;
};

const VERSION = 1;
const CAPABILITIES = { fs: { readTextFile: true, writeTextFile: true }, terminal: false };
const asIs = (params: unknown): unknown => params;

const failure = (words: string): EntangleError => new EntangleError('invalid', words);
const readAnswer = <S extends z.ZodType>(shape: S, answer: unknown, what: string): z.output<S> => {
  const read = readShape(shape, answer);
  if (!read.success) throw failure(`the agent’s answer to ${what} has not the form of one`);
  return read.data;
};

type Ask = <S extends z.ZodType>(method: string, params: object, shape: S) => Promise<z.output<S>>;

export class Conversation {
  readonly #asked: Omit<AskedOf, 'id'>;
  readonly #patience: Patience;
  readonly #agent: ClientContext;
  #id: string | null = null;
  #pinned: Pinned | null = null;
  #timer: NodeJS.Timeout | undefined;
  #rewind: () => void = () => undefined;

  constructor(sdk: Sdk, asked: Omit<AskedOf, 'id'>, patience: Patience) {
    this.#asked = asked;
    this.#patience = patience;
    const { running } = asked;
    const all = { ...asked, id: () => this.#id };
    const ask = permissions(all);
    const { read, write } = files(all);
    const stream = messagesOf(running.child, {
      heard: () => this.#rewind(),
      update: (params) => this.#update(params),
      trouble: (words) => running.end('failed', words),
    });
    this.#agent = sdk
      .client({ name: 'entangle' })
      .onRequest('session/request_permission', asIs, ({ params }) => ask(params))
      .onRequest('fs/read_text_file', asIs, ({ params }) => read(params))
      .onRequest('fs/write_text_file', asIs, ({ params }) => write(params))
      .connect(stream).agent;
  }

  /** Resolves with the reason that the agent gives for the end of its turn. */
  async run(prompt: string, mode: string | null): Promise<string> {
    try {
      this.#wait(this.#patience.answerMs, 'the agent does not answer');
      const { protocolVersion } = await this.#ask(
        'initialize',
        { protocolVersion: VERSION, clientCapabilities: CAPABILITIES },
        initialized,
      );
      if (protocolVersion !== VERSION)
        throw failure(`the agent speaks version ${protocolVersion} of its protocol, not ${VERSION}`);
      const cwd = this.#asked.turn.workspace;
      const session = await this.#ask('session/new', { cwd, mcpServers: [] }, sessionMade);
      await this.#pin(session, mode);
      this.#wait(this.#patience.silenceMs, 'the agent fell silent');
      const text = { type: 'text', text: prompt };
      const said = { sessionId: session.sessionId, prompt: [text] };
      return (await this.#ask('session/prompt', said, turnStopped)).stopReason;
    } finally {
      clearTimeout(this.#timer);
      this.#rewind = () => undefined;
    }
  }

  /** Asks the agent to end the turn by itself. */
  async cancel(): Promise<void> {
    if (this.#id !== null)
      await this.#agent.notify('session/cancel', { sessionId: this.#id }).catch(() => undefined);
  }

  readonly #ask: Ask = async (method, params, shape) => {
    const answer = await this.#agent.request<unknown>(method, params).catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error);
      throw failure(`the agent did not do ${method}: ${cutMarked(words, 300)}`);
    });
    return readAnswer(shape, answer, method);
  };

  async #pin(session: SessionMade, mode: string | null): Promise<void> {
    const step = pinStep(session, mode);
    const { sessionId } = session;
    if (step.is === 'refused') throw failure(`the agent cannot be used: ${step.why}`);
    if (step.is === 'set_mode')
      await this.#agent.request('session/set_mode', { sessionId, modeId: step.modeId });
    if (step.is === 'set_option') {
      const { configId, value } = step;
      await this.#agent.request('session/set_config_option', { sessionId, configId, value });
    }
    this.#pinned = pinnedTo(session, step);
    this.#id = sessionId;
  }

  /** Ends the turn when so long nothing is heard of the agent. */
  #wait(ms: number, words: string): void {
    const start = () => {
      this.#timer = setTimeout(() => this.#asked.running.end('failed', `${words}: ${ms / 1000} s`), ms);
    };
    clearTimeout(this.#timer);
    start();
    this.#rewind = () => {
      clearTimeout(this.#timer);
      start();
    };
  }

  #update(params: unknown): void {
    const { data } = readShape(updated, params);
    if (data === undefined || data.sessionId !== this.#id || this.#pinned === null) return;
    const { update } = data;
    const change = this.#changeIn(this.#pinned, update);
    if (change === null) this.#asked.telling.update(update);
    else this.#asked.running.end('failed', `the agent was stopped: ${change}`);
  }

  /** Words for a mode or an option that is not as it was pinned; what cannot be read may be one. */
  #changeIn(pinned: Pinned, update: { sessionUpdate: string }): string | null {
    const unreadable = 'it told of its mode in a form that cannot be read';
    if (update.sessionUpdate === 'current_mode_update') {
      const { data } = readShape(UPDATES.current_mode_update, update);
      return data ? modeChange(pinned, data.currentModeId) : unreadable;
    }
    if (update.sessionUpdate !== 'config_option_update') return null;
    const { data } = readShape(UPDATES.config_option_update, update);
    return data ? optionChange(pinned, data.configOptions) : unreadable;
  }
}
