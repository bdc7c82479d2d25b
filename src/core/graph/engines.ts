/** The engines: one row each, from which the graph's schema, the check of policies and the placement derive. */
import * as z from 'zod';
import { MEMORY, TIMEOUTS } from '../bounds.ts';
import { eachOnce, once } from '../encoding/once.ts';
import { matching, seconds } from '../encoding/schema.ts';
import { CREDENTIAL_SOURCE, MODEL_ENDPOINT } from '../grammars.ts';
import { AGENT_PROFILES, ENGINE_TYPES, type EngineType, type Operation } from '../vocabulary.ts';

const plain = (limit: number) =>
  z
    .string()
    .min(1)
    .max(limit)
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'has control characters');
const argument = () =>
  z
    .string()
    .max(8192)
    .regex(/^[^\u0000]*$/, 'has a NUL');
const fields = once(() => ({
  auth: matching(CREDENTIAL_SOURCE).describe(
    'Where the engine takes its credential from: none, or a secret by name.',
  ),
  command: z.array(argument()).min(1).max(64),
}));

/** A known agent is told of its model; of another nothing is known, so it is told by its command. */
type AgentFields = { [K in 'auth' | 'profile' | 'command' | 'model' | 'endpoint']?: unknown };
/** A key is read by whoever is on the way to an endpoint that is not encrypted. */
const isOpen = (endpoint: unknown): boolean =>
  typeof endpoint === 'string' && endpoint.startsWith('http://') && !LOOPBACK.test(endpoint);
const LOOPBACK = /^http:\/\/(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?(?:[/?#]|$)/;
const agentTroubles = ({
  auth,
  profile,
  command,
  model,
  endpoint,
}: AgentFields): [path: string, message: string][] => {
  const fields = Object.entries({ model, endpoint });
  if (profile !== undefined && auth !== 'none' && isOpen(endpoint))
    return [
      ['endpoint', 'must begin with https:// where a secret is sent there, unless it is on this machine'],
    ];
  if (profile !== undefined)
    return fields.flatMap(([name, value]) => (value === undefined ? [[name, 'is missing']] : []));
  const missing: [string, string][] = command === undefined ? [['command', 'is missing']] : [];
  return [
    ...missing,
    ...fields.flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, 'is only for an agent with a profile']],
    ),
  ];
};

type EngineRow = {
  /** Its part of the graph file; the literal `type` is the row's name, `auth` names the secret that its turns get. */
  readonly schema: z.ZodType<{ readonly type: EngineType; readonly auth: string }>;
  /** What waits for its approval where this engine runs; a policy about anything else is refused. */
  readonly holdsBack: readonly Operation[];
  /** Why a runner with this offer cannot run it, or null. */
  fit(offer: { readonly engines: readonly EngineType[] }): string | null;
};

/** A runner runs an engine when its hello names it. */
const offered =
  (type: EngineType): EngineRow['fit'] =>
  ({ engines }) =>
    engines.includes(type) ? null : `it has no ${type} engine`;

/** Whatever the engine. */
const HELD_BY_RUNNER: readonly Operation[] = ['source.publish'];

/** Described when a graph is read: whoever only places nodes needs none of it. */
const SCHEMAS = eachOnce({
  exec: () =>
    z.strictObject({ type: z.literal('exec'), ...fields() }).describe('Runs a command for each turn.'),
  acp: () =>
    z
      .strictObject({
        type: z.literal('acp'),
        auth: fields().auth,
        profile: z.enum(AGENT_PROFILES).exactOptional().describe('An agent that is known here.'),
        command: fields().command.exactOptional().describe('How it is started; needed without a profile.'),
        model: plain(200).exactOptional().describe('What a known agent asks its endpoint for.'),
        endpoint: matching(MODEL_ENDPOINT)
          .exactOptional()
          .describe('The API that a known agent asks, OpenAI-compatible or that of its vendor.'),
        protocol: z
          .literal(2)
          .exactOptional()
          .describe('Version 2 of the protocol, a draft, in place of version 1.'),
        memory: z
          .int()
          .min(MEMORY.least)
          .max(MEMORY.most)
          .exactOptional()
          .describe('How much memory it takes, in MiB; a known agent has its own.'),
        timeouts: z
          .strictObject({
            start: seconds(TIMEOUTS.start)
              .exactOptional()
              .describe('For each of its answers before the prompt; 2m when left out.'),
            silence: seconds(TIMEOUTS.silence)
              .exactOptional()
              .describe('Without a word of it while it works; 30m when left out.'),
            cancel: seconds(TIMEOUTS.cancel)
              .exactOptional()
              .describe('To end by itself when it is cancelled; 2s when left out.'),
          })
          .exactOptional()
          .describe('How long it is waited for; its whole turn is bounded by `budget.time`.'),
      })
      .superRefine((spec, context) => {
        for (const [path, message] of agentTroubles(spec))
          context.addIssue({ code: 'custom', path: [path], message });
      })
      .describe('Any agent that speaks the Agent Client Protocol on its standard streams.'),
});

export const ENGINES = {
  exec: {
    get schema() {
      return SCHEMAS.exec;
    },
    holdsBack: [...HELD_BY_RUNNER, 'command.run'],
    fit: offered('exec'),
  },
  acp: {
    get schema() {
      return SCHEMAS.acp;
    },
    holdsBack: [...HELD_BY_RUNNER, 'command.run', 'file.write'],
    fit: offered('acp'),
  },
} as const satisfies Record<EngineType, EngineRow>;
/** What the graph says of an engine of this type. */
export type EngineSpec<T extends EngineType = EngineType> = {
  [K in T]: z.infer<(typeof ENGINES)[K]['schema']>;
}[T];

/** Where the engine asks for its model, as far as the graph says it; or undefined. */
export const endpointOf = (engine: EngineSpec): string | undefined =>
  engine.type === 'acp' ? engine.endpoint : undefined;

type EngineSchema = (typeof ENGINES)[EngineType]['schema'];
export const engineSchema = once(() => {
  const schemas = ENGINE_TYPES.map((type) => ENGINES[type].schema) as [EngineSchema, ...EngineSchema[]];
  return z.discriminatedUnion('type', schemas);
});

const doesHoldBack = (type: EngineType, operation: string): boolean =>
  ENGINES[type].holdsBack.some((one) => one === operation);

/** Why a policy about the operation would protect nothing with this engine, or null. */
export const unenforced = (type: EngineType, operation: string): string | null => {
  if (doesHoldBack(type, operation)) return null;
  const able = ENGINE_TYPES.filter((one) => doesHoldBack(one, operation));
  if (able.length === 0) return `${operation} would not wait for this approval: no engine can ask for it yet`;
  return `${operation} would not wait for this approval: ${type} cannot ask for it, ${able.join(' and ')} can`;
};
