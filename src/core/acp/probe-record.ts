/** What is kept of a probe of an agent, and what a runner says of it. */
import * as z from 'zod';
import { MAX_PROBE } from '../bounds.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { isWord } from '../encoding/grammar.ts';
import { once } from '../encoding/once.ts';
import { readShape } from '../encoding/read-shape.ts';
import { hex, text, unixSeconds } from '../encoding/schema.ts';
import { shownTime } from '../encoding/time.ts';
import { EntangleError } from '../errors.ts';
import {
  AGENT_PROFILES,
  type AgentProfile,
  BINDINGS,
  FINDINGS,
  PROBE_FACTS,
  SANDBOX_KINDS,
} from '../vocabulary.ts';
import { holdsCommands } from './probe.ts';

const finding = once(() => z.enum(FINDINGS));
export const probeRecord = once(() =>
  z.strictObject({
    agent: text(MAX_PROBE.agent).describe('the profile; or, as JSON, the words of the command, or both'),
    sandbox: z.enum(SANDBOX_KINDS),
    programs: hex(32).describe('digest of the files that it is started from'),
    version: text(64).nullable(),
    at: unixSeconds,
    binding: z.enum(BINDINGS).nullable().describe('how much its requests give of a command'),
    why: text(200).nullable().describe('why not all of it could be tried'),
    facts: z.strictObject(
      Object.fromEntries(PROBE_FACTS.map((fact) => [fact, finding()])) as Record<
        (typeof PROBE_FACTS)[number],
        ReturnType<typeof finding>
      >,
    ),
  }),
);
export type ProbeRecord = z.infer<ReturnType<typeof probeRecord>>;

type Named = { profile?: string; command?: readonly string[] };
/** By what a probe names an agent: all of how it is started that a graph says. */
export const agentText = ({ profile, command }: Named): string => {
  if (command === undefined) return profile ?? '';
  return canonicalize(profile === undefined ? [...command] : { command: [...command], profile });
};

const named = once(() => {
  const command = z.array(z.string());
  return z.union([
    command.transform((command) => ({ command })),
    z.strictObject({ command, profile: z.enum(AGENT_PROFILES) }),
  ]);
});
/** The agent that a text names; null where it names none. */
export const agentNamed = (agent: string): AgentNamed | null => {
  if (isWord(AGENT_PROFILES, agent)) return { profile: agent };
  try {
    return readShape(named(), JSON.parse(agent)).data ?? null;
  } catch {
    return null;
  }
};
export type AgentNamed = { profile?: AgentProfile; command?: string[] };

/** A profile by its name; else a command, its words parted by spaces. */
export const namedAgent = (given: string): AgentNamed => {
  if (isWord(AGENT_PROFILES, given)) return { profile: given };
  const command = given.split(/\s+/).filter((word) => word !== '');
  if (command.length === 0 || agentText({ command }).length > MAX_PROBE.agent)
    throw new EntangleError('usage', 'that is no command of an agent', {
      hint: `give ${AGENT_PROFILES.join(', ')}, or a command of at most ${MAX_PROBE.agent} characters in quotes`,
    });
  return { command };
};

/** As people are shown it. */
export const probeView = once(() =>
  z.object({
    ...probeRecord().shape,
    at: text(32).describe('ISO 8601, UTC'),
    holds: z.boolean().describe('whether approvals of commands hold with it'),
  }),
);
export type ProbeView = z.infer<ReturnType<typeof probeView>>;
export const probeViewOf = (record: ProbeRecord): ProbeView => ({
  ...record,
  at: shownTime(record.at),
  holds: holdsCommands(record.facts),
});
