/** What an agent says over the Agent Client Protocol, version 1, as far as a runner listens; the line bounds all texts. */
import * as z from 'zod';
import { MAX_USAGE } from '../bounds.ts';
import { matching } from '../encoding/schema.ts';
import { CURRENCY } from '../grammars.ts';

/** How it names whatever it names. */
export const agentId = z.string().min(1).max(256);
/** Members of a list. */
export const MOST_MEMBERS = 256;
const [id, most] = [agentId, MOST_MEMBERS];

const mode = z.looseObject({ id });
const choice = z.looseObject({ value: id });
const group = z.looseObject({ options: z.array(choice).max(most) });
/** Beside its name. */
export const optionFields = {
  category: z.string().max(256).nullish(),
  currentValue: z.union([z.string().max(256), z.boolean()]),
  options: z
    .array(z.union([choice, group]))
    .max(most)
    .nullish(),
};
const option = z.looseObject({ id, ...optionFields });
export type AgentOption = z.output<typeof option>;
const options = z.array(option).max(most);

/** Of what it offers: whether a session of an earlier process goes on, and how. */
const abilities = z.looseObject({
  loadSession: z.boolean().nullish(),
  sessionCapabilities: z.looseObject({ resume: z.looseObject({}).nullish() }).nullish(),
});
export type AgentAbilities = z.output<typeof abilities>;
export const initialized = z.looseObject({
  protocolVersion: z.int(),
  agentCapabilities: abilities.nullish(),
});
const settings = {
  modes: z.looseObject({ currentModeId: id, availableModes: z.array(mode).max(most) }).nullish(),
  configOptions: options.nullish(),
};
export const sessionMade = z.looseObject({ sessionId: id, ...settings });
/** Some say nothing. */
export const sessionGoesOn = z.looseObject(settings).nullish();
export type SessionMade = z.output<typeof sessionMade>;
export const turnStopped = z.looseObject({ stopReason: z.string().max(64) });

export const permissionOption = z.looseObject({ optionId: id, name: z.string(), kind: z.string().max(64) });
export type PermissionOption = z.output<typeof permissionOption>;
export const call = z.looseObject({
  toolCallId: id,
  title: z.string().nullish(),
  kind: z.string().max(64).nullish(),
  status: z.string().max(64).nullish(),
});
export type AgentCall = z.output<typeof call>;
export const permissionAsked = z.looseObject({
  sessionId: id,
  toolCall: call.extend({
    rawInput: z.unknown().optional(),
    content: z
      .array(z.looseObject({ type: z.string().max(64) }))
      .max(most)
      .nullish(),
  }),
  options: z.array(permissionOption).max(most),
});
/** A change that a request carries: what it makes of a file, or of a part of one. */
export const diffPart = z.looseObject({
  path: z.string().min(1).max(4096),
  oldText: z.string().nullish(),
  newText: z.string(),
});
const place = { sessionId: id, path: z.string().min(1).max(4096) };
export const fileRead = z.looseObject({
  ...place,
  line: z.int().min(0).nullish(),
  limit: z.int().min(0).nullish(),
});
export const fileWritten = z.looseObject({ ...place, content: z.string() });

const variable = z.looseObject({ name: z.string().min(1).max(256), value: z.string() });
export const terminalAsked = z.looseObject({
  sessionId: id,
  command: z.string().min(1),
  args: z.array(z.string()).max(most).nullish(),
  env: z.array(variable).max(most).nullish(),
  cwd: z.string().min(1).max(4096).nullish(),
  outputByteLimit: z.int().min(0).nullish(),
});
export const terminalNamed = z.looseObject({ sessionId: id, terminalId: id });

/** Every update names its session and its kind. */
export const updated = z.looseObject({
  sessionId: id,
  update: z.looseObject({ sessionUpdate: z.string().max(64) }),
});
export const chunk = z.looseObject({
  content: z.looseObject({ type: z.literal('text'), text: z.string() }),
});
export const planned = z.looseObject({
  entries: z.array(z.looseObject({ content: z.string(), status: z.string().max(64) })).max(most),
});
export const used = z.looseObject({
  used: z.int().min(0).max(MAX_USAGE.tokens),
  size: z.int().min(0),
  cost: z
    .looseObject({
      amount: z
        .number()
        .min(0)
        .max(MAX_USAGE.micros / 1_000_000),
      currency: matching(CURRENCY),
    })
    .nullish(),
});
export const modeTold = z.looseObject({ currentModeId: id });
export const optionsTold = z.looseObject({ configOptions: options });

/** What an error of JSON-RPC says beside its message, where an agent says more. */
export const errorDetails = z.looseObject({ details: z.string() });
