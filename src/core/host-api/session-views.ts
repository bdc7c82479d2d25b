/** Sessions as runners told the Host of them, and what operators want of them. */
import * as z from 'zod';
import { MAX_END_REASON } from '../bounds.ts';
import { once } from '../encoding/once.ts';
import { count, text } from '../encoding/schema.ts';
import { APPROVAL_STATES, OPERATIONS, SESSION_STATES, WAITED_FOR } from '../vocabulary.ts';

const time = text(32).describe('RFC 3339, UTC');
const uuid = text(36);
const name = text(64);

/** A place in the list of sessions: of those that go on, or of those that are over. */
export const sessionCursor = z
  .string()
  .regex(/^(?:open|over)-(?:0|[1-9][0-9]{0,14})$/, 'must be the cursor of a session');

export const sessionRow = once(() =>
  z.object({
    id: uuid,
    node: name,
    requester: name,
    state: z.enum(SESSION_STATES),
    reason: text(64).nullable(),
    attempt: count,
    held: z.boolean().describe('whether somebody runs it'),
    since: time.describe('when this Host was first told of it'),
    cancel: z
      .object({ by: name, at: time, reason: text(MAX_END_REASON).nullable() })
      .nullable()
      .describe('the operator who wants it ended; whether it is over, its state says'),
    waits: z
      .array(z.object({ node: name, name, ask: z.enum(WAITED_FOR), since: time }))
      .describe('which node waits for whom, who was not reached, as its runner says'),
  }),
);
export const sessionsPage = once(() =>
  z.object({
    items: z.array(sessionRow()),
    next: text(64).nullable().describe('the cursor of the following page, or null'),
  }),
);

export const hostSessionView = once(() =>
  sessionRow().extend({
    attempts: z
      .array(
        z.object({
          attempt: count,
          runner: name,
          fence: count.nullable().describe('under which the runner held the node, by the Host’s own record'),
          state: z.enum(SESSION_STATES),
          reason: text(64).nullable(),
          first: time.describe('when this Host was first told of it'),
          last: time.describe('when it was told of it last'),
          told: z
            .object({ at: time, acked: z.boolean() })
            .nullable()
            .describe('when its runner was told to end it, and whether it has acknowledged that'),
        }),
      )
      .describe('those of which runners told last'),
    approvals: z.array(z.object({ id: uuid, operation: z.enum(OPERATIONS), state: z.enum(APPROVAL_STATES) })),
  }),
);
export type HostSessionView = z.infer<ReturnType<typeof hostSessionView>>;
