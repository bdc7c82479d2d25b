/** An observation on a terminal: what it says, by whose word, and that nothing in it makes another row. */
import { expect, test } from 'vitest';
import { uuidOf } from '../../../test/support/world.ts';
import type { TraceEntry } from '../../core/host-api/shapes.ts';
import { entryText } from './trace-text.ts';

const plain = (_token: string, text: string): string => text;
const WIDE = Number.POSITIVE_INFINITY;
const party = (name: string) => ({ name, role: 'user' as const, npub: 'npub1x' });
const entry = (more: Partial<TraceEntry>): TraceEntry => ({
  ...{ cursor: '7', at: '2026-11-27T12:03:07.000Z', what: 'session', session: uuidOf(1), node: 'builder' },
  ...{ state: 'active', detail: { attempt: 1 }, signer: party('r1'), event: 'ab'.repeat(32), evidence: [] },
  controller: { runner: 'r1', fence: 2, assignment: uuidOf(2) },
  ...more,
});
const signedBy = (...names: string[]) =>
  names.map((name) => ({ type: 'approval.response', event: 'cd'.repeat(32), signer: party(name) }));

test.each<[string, Partial<TraceEntry>, string]>([
  ['a state', {}, '≈ claimed 00000001 builder session active (r1, fence 2)'],
  [
    'an attempt that is not the first, and a reason',
    { state: 'failed', detail: { attempt: 2, reason: 'turn_failed' } },
    '≈ claimed 00000001 builder session failed: attempt 2, turn_failed (r1, fence 2)',
  ],
  [
    'a turn',
    {
      ...{ what: 'turn', state: 'failed' },
      detail: { attempt: 1, turn: 3, exitCode: 0, engine: 'exec', sandbox: 'bwrap' },
    },
    '≈ claimed 00000001 builder turn failed: turn 3, exit 0, exec in bwrap (r1, fence 2)',
  ],
  [
    'a turn that asked for the network',
    {
      ...{ what: 'turn', state: 'done' },
      detail: {
        ...{ attempt: 1, turn: 1, engine: 'exec', sandbox: 'bwrap' },
        network: [
          { to: 'a.example:443', outcome: 'opened', connections: 1, sent: 10, received: 20 },
          { to: 'b.example:80', outcome: 'not_listed', connections: 3, sent: 0, received: 0 },
          { to: '', outcome: 'malformed', connections: 1, sent: 0, received: 0 },
        ],
      },
    },
    "≈ claimed 00000001 builder turn done: turn 1, exec in bwrap, reached a.example:443 (10 bytes out, 20 in), asked 3 times for b.example:80: not in the policy's list, asked for other places: a request that names no place (r1, fence 2)",
  ],
  [
    'a turn that ended by a signal',
    { what: 'turn', state: 'timed_out', detail: { attempt: 1, turn: 1, exitCode: null } },
    '≈ claimed 00000001 builder turn timed_out: turn 1 (r1, fence 2)',
  ],
  [
    'a decision, by those who signed it, each once',
    {
      ...{ what: 'approval', state: 'approved', detail: { approval: uuidOf(3), operation: 'command.run' } },
      evidence: signedBy('alice', 'bob', 'alice'),
    },
    '✓ signed  00000001 builder approval approved: approval 00000003 of command.run, signed by alice, bob (r1, fence 2)',
  ],
  [
    'a commit that no approval was asked for',
    {
      what: 'artifact',
      state: 'published',
      detail: { branch: 'b', commit: 'ab'.repeat(20), approval: null },
    },
    '≈ claimed 00000001 builder artifact published: b, abababababab (r1, fence 2)',
  ],
  [
    'a delegation',
    {
      ...{ what: 'conversation', state: 'opened' },
      detail: { conversation: uuidOf(4), peer: 'helper', relation: 'delegates_to', message: 'ef'.repeat(32) },
    },
    '≈ claimed 00000001 builder conversation opened: 00000004 with helper (delegates_to) (r1, fence 2)',
  ],
  ['no assignment', { controller: null }, '≈ claimed 00000001 builder session active (r1)'],
])('%s', (_what, more, text) => {
  expect(entryText(entry(more), plain, WIDE)).toBe(`12:03:07 ${text}`);
});

test('a long one goes on indented', () => {
  const branch = `b${' '.repeat(60)}12:03:14 ✓ signed  approval`;
  const lines = entryText(entry({ detail: { branch } }), plain, 80).split('\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.slice(1).every((line) => line.startsWith(' '.repeat(19)))).toBe(true);
});
