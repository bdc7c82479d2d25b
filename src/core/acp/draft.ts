/** What an agent says over version 2 of the Agent Client Protocol, a draft, in the forms of version 1, which all else here reads. */
import * as z from 'zod';
import { readShape } from '../encoding/read-shape.ts';
import { agentId, call, MOST_MEMBERS, optionFields, permissionOption } from './shapes.ts';

const option = z
  .looseObject({ configId: agentId, ...optionFields })
  .transform(({ configId, ...rest }) => ({ ...rest, id: configId }));
const options = z.array(option).max(MOST_MEMBERS);
const offered = z.looseObject({}).nullish();

/** It has no modes: one that is to be pinned is an option of that category. */
export const draftInitialized = z.looseObject({
  protocolVersion: z.int(),
  capabilities: z
    .looseObject({
      session: z.looseObject({ mcp: z.looseObject({ stdio: offered }).nullish() }).nullish(),
    })
    .nullish(),
});
export const draftSessionMade = z.looseObject({ sessionId: agentId, configOptions: options.nullish() });
export const draftSessionGoesOn = z.looseObject({ configOptions: options.nullish() }).nullish();
export const draftAcknowledged = z.looseObject({ messageId: agentId });

const optionsTold = z.looseObject({ configOptions: options });
/** Of the answer to a changed option, and of what is told of them; as it came where it cannot be read. */
export const draftOptions = (told: unknown): unknown => readShape(optionsTold, told).data ?? told;

const subject = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('tool_call'), toolCall: call }),
  z.looseObject({
    type: z.literal('command'),
    command: z.string(),
    cwd: z.string().min(1).max(4096),
    toolCallId: agentId.nullish(),
  }),
]);
const asked = z.looseObject({
  sessionId: agentId,
  title: z.string(),
  description: z.string().nullish(),
  subject: subject.nullish(),
  options: z.array(permissionOption).max(MOST_MEMBERS),
});
type Asked = z.output<typeof asked>;

/** What names no call of the agent. */
const NAMELESS = 'permission';
const callOf = ({ title, description, subject }: Asked): Record<string, unknown> => {
  const said = (text: string) => ({ type: 'content', content: { type: 'text', text } });
  const words = description ? [said(description)] : [];
  if (subject?.type === 'tool_call') {
    const { content, title: shown, ...told } = subject.toolCall;
    const called = shown && shown !== title ? [said(shown)] : [];
    return { ...told, title, content: [...words, ...called, ...(Array.isArray(content) ? content : [])] };
  }
  const { type: _type, toolCallId, ...rawInput } = subject ?? {};
  const call = { toolCallId: toolCallId ?? NAMELESS, title, content: words };
  return subject ? { ...call, kind: 'execute', rawInput } : call;
};

/** A subject of a kind that is not known here is none that can be answered; as it came where it cannot be read. */
export const draftPermission = (params: unknown): unknown => {
  const { data } = readShape(asked, params);
  if (data === undefined) return null;
  return { sessionId: data.sessionId, options: data.options, toolCall: callOf(data) };
};

type Update = { sessionUpdate: string; [member: string]: unknown };
const planUpdate = z.looseObject({ plan: z.looseObject({ type: z.literal('items'), entries: z.unknown() }) });
const textPart = z.looseObject({ type: z.literal('text'), text: z.string() });
const message = z.looseObject({
  messageId: agentId,
  content: z.array(z.unknown()).max(MOST_MEMBERS).nullish(),
});
const piece = z.looseObject({ messageId: agentId, content: textPart });

/** Texts of messages that are told whole after they were told in pieces: of so many, and of each so much, it is known what was told. */
const REMEMBERED = { messages: 16, length: 65_536 };

/** Updates of one session, each in the form of version 1: nothing for what that has no form of. */
export class DraftUpdates {
  #told = new Map<string, string>();

  of(update: Update): Update | null {
    return this.#forms.get(update.sessionUpdate)?.(update) ?? null;
  }

  readonly #forms: ReadonlyMap<string, (update: Update) => Update | null> = new Map([
    ['agent_message_chunk', (update: Update) => this.#chunk(update)],
    ['agent_thought_chunk', (update: Update) => this.#chunk(update)],
    ['agent_message', (update: Update) => this.#whole(update, 'agent_message_chunk')],
    ['agent_thought', (update: Update) => this.#whole(update, 'agent_thought_chunk')],
    ['tool_call_update', (update: Update) => update],
    ['usage_update', (update: Update) => update],
    ['current_mode_update', (update: Update) => update],
    ['config_option_update', (update: Update) => draftOptions(update) as Update],
    [
      'plan_update',
      (update: Update) => {
        const { data } = readShape(planUpdate, update);
        return data === undefined ? null : { sessionUpdate: 'plan', entries: data.plan.entries };
      },
    ],
  ]);

  #remember(id: string, text: string): void {
    this.#told.delete(id);
    const rest = [...this.#told].slice(1 - REMEMBERED.messages);
    this.#told = new Map([...rest, [id, text.slice(0, REMEMBERED.length)]]);
  }

  #chunk(update: Update): Update {
    const { data } = readShape(piece, update);
    if (data !== undefined)
      this.#remember(data.messageId, `${this.#told.get(data.messageId) ?? ''}${data.content.text}`);
    return update;
  }

  /** What of it was not told in pieces; all of it where that was another text. */
  #whole(update: Update, sessionUpdate: string): Update | null {
    const { data } = readShape(message, update);
    if (!data?.content) return null;
    const text = data.content.map((one) => readShape(textPart, one).data?.text ?? '').join('');
    const before = this.#told.get(data.messageId) ?? '';
    this.#remember(data.messageId, text);
    const rest = text.startsWith(before) ? text.slice(before.length) : text;
    return rest === '' ? null : { sessionUpdate, content: { type: 'text', text: rest } };
  }
}

const stateTold = z.looseObject({
  sessionUpdate: z.literal('state_update'),
  state: z.string().max(64),
  stopReason: z.string().max(64).nullish().catch(null),
});
/** The end of a prompt as states tell it: idle after it was at work, since a state may be told again. */
export class DraftEnd {
  readonly #end = Promise.withResolvers<string>();
  #isPrompted = false;
  #isAtWork = false;

  readonly #over: () => void;

  /** `over` is called with the end itself: what came behind it is looked at later. */
  constructor(over: () => void) {
    this.#over = over;
    // It is closed also where nobody waits for it
    this.#end.promise.catch(() => undefined);
  }

  get ended(): Promise<string> {
    return this.#end.promise;
  }

  prompted(): void {
    this.#isPrompted = true;
  }

  /** Nothing more can be told. */
  closed(error: Error): void {
    this.#end.reject(error);
  }

  told(update: unknown): void {
    const { data } = readShape(stateTold, update);
    if (data === undefined || !this.#isPrompted) return;
    if (data.state !== 'idle') this.#isAtWork = true;
    else if (this.#isAtWork) {
      this.#over();
      // Without a reason it is none that is known
      this.#end.resolve(data.stopReason ?? '');
    }
  }
}
