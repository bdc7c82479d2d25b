/** Rows of the Host API: sessions. */
import * as z from 'zod';
import { MAX_END_REASON } from '../bounds.ts';
import { text, uuid } from '../encoding/schema.ts';
import { operation } from './operation.ts';
import { hostSessionView, sessionCursor, sessionsPage } from './session-views.ts';
import { givenName, givenSession } from './shapes.ts';

export const SESSION_OPERATIONS = {
  'sessions.list': operation({
    method: 'GET',
    path: '/v1/sessions',
    role: 'viewer',
    query: {
      open: z.literal('true').exactOptional().describe('only those that are open'),
      node: givenName.exactOptional().describe('only those of this node'),
      cursor: sessionCursor.exactOptional().describe('`next` of the page before'),
    },
    output: sessionsPage,
    doc: 'Lists open sessions, then those that are over, those first of which this Host was told last; at most 200 a page.',
  }),
  'sessions.show': operation({
    method: 'GET',
    path: '/v1/sessions/{session}',
    role: 'viewer',
    params: { session: givenSession },
    output: hostSessionView,
    doc: 'Shows one session: its attempts, approvals, and whom it waits for.',
  }),
  'sessions.cancel': operation({
    method: 'POST',
    path: '/v1/sessions/{session}/cancel',
    role: 'editor',
    params: { session: uuid },
    body: () => ({
      reason: text(MAX_END_REASON).exactOptional().describe('in words, for whoever asked for the session'),
    }),
    output: hostSessionView,
    doc: 'Has a session ended by whoever runs it, or comes to run it. It is over when the runner says so.',
  }),
} as const;
