/** What is kept of a probe of an agent, and what a runner says of it. */
import * as z from 'zod';
import { MAX_PROBE } from '../bounds.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { hex, text, unixSeconds } from '../encoding/schema.ts';
import { BINDINGS, FINDINGS, PROBE_FACTS, SANDBOX_KINDS } from '../vocabulary.ts';

const finding = z.enum(FINDINGS);
export const probeRecord = z.strictObject({
  agent: text(MAX_PROBE.agent).describe('the profile, or the words of the command as JSON'),
  sandbox: z.enum(SANDBOX_KINDS),
  programs: hex(32).describe('digest of the files that it is started from'),
  version: text(64).nullable(),
  at: unixSeconds,
  binding: z.enum(BINDINGS).nullable().describe('how much its requests give of a command'),
  facts: z.strictObject(
    Object.fromEntries(PROBE_FACTS.map((fact) => [fact, finding])) as Record<
      (typeof PROBE_FACTS)[number],
      typeof finding
    >,
  ),
});
export type ProbeRecord = z.infer<typeof probeRecord>;

/** By what a probe names an agent: all of how it is started that a graph says. */
export const agentText = ({ profile, command }: { profile?: string; command?: readonly string[] }): string =>
  command === undefined ? (profile ?? '') : canonicalize([...(profile ? [profile] : []), ...command]);
