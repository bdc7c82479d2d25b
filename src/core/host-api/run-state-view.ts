/** What runs now and could run, as a plan meets it. */
import * as z from 'zod';
import { probeRecord } from '../acp/probe-record.ts';
import { once } from '../encoding/once.ts';
import { count, labels, text } from '../encoding/schema.ts';
import { principalFacts } from '../source/principal.ts';
import { ENGINE_TYPES, OPERATIONS, SANDBOX_KINDS } from '../vocabulary.ts';

const uuid = text(36);
const name = text(64);

export const runStateView = once(() =>
  z.object({
    assignments: z.array(z.object({ node: name, runner: name })),
    sessions: z.array(
      z.object({
        id: uuid,
        node: name,
        requester: name,
        held: z.boolean().describe('whether somebody runs it'),
      }),
    ),
    approvals: z.array(z.object({ id: uuid, session: uuid, operation: z.enum(OPERATIONS) })),
    secrets: z.array(name).describe('names of those that have a value'),
    principals: z
      .array(z.object({ name, facts: principalFacts() }))
      .describe('git principals that are set; secrets by their names'),
    revoked: z.array(name).describe('nodes that an operator took off: nobody is to run them'),
    decisions: z
      .array(z.object({ node: name, n: count }))
      .describe('how often operators decided where a node runs, of those of which they did'),
    runners: z.array(
      z.object({
        name,
        engines: z.array(z.enum(ENGINE_TYPES)),
        labels,
        sandbox: z.array(z.enum(SANDBOX_KINDS)),
        probes: z.array(probeRecord()),
        live: z.boolean(),
        load: count,
        memory: count.exactOptional().describe('in MiB'),
        leaving: z.literal(true).exactOptional().describe('it takes no node any more'),
        taken: count.exactOptional().describe('by the agents of its nodes together, in MiB'),
      }),
    ),
  }),
);
