/** The state machines as tables: every state reachable, terminal states final, illegal moves named as such. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vote } from '../../src/core/machines/approval.ts';
import { approvalMachine, tally } from '../../src/core/machines/approval.ts';
import { assignmentMachine, foldAssignment } from '../../src/core/machines/assignment.ts';
import type { Machine } from '../../src/core/machines/machine.ts';
import { foldInputs, inputsTo, isTerminal, next } from '../../src/core/machines/machine.ts';
import { liveness, OFFLINE_MS, runnerMachine, STALE_MS } from '../../src/core/machines/runner.ts';
import { sessionMachine } from '../../src/core/machines/session.ts';
import { artifactMachine, sourceMachine } from '../../src/core/machines/source.ts';
import {
  ASSIGNMENT_INPUTS,
  type AssignmentInput,
  DECISIONS,
  SESSION_STATES,
} from '../../src/core/vocabulary.ts';

/** Every move as designed: state → inputs that leave it, `input>state` where the two have different names. */
const ends = 'failed cancelled timed_out budget_exceeded';
const over = 'stopped failed expire>expired revoke>revoked';
const DESIGNED: Record<string, Record<string, string>> = {
  runner: {
    pending: 'trusted rejected',
    trusted: 'revoked left',
    rejected: '',
    revoked: '',
    left: 'revoked',
  },
  assignment: {
    offered: 'accept>accepted reject>rejected expire>expired revoke>revoked',
    accepted: `started>active ${over}`,
    active: over,
    rejected: '',
    expired: '',
    stopped: '',
    failed: '',
    revoked: '',
  },
  session: {
    requested: `accepted ${ends}`,
    accepted: `active ${ends}`,
    active: `waiting_approval completed ${ends}`,
    waiting_approval: `active completed ${ends}`,
    completed: '',
    failed: '',
    cancelled: '',
    timed_out: '',
    budget_exceeded: '',
  },
  approval: {
    pending: 'approved rejected expired superseded withdrawn invalidated',
    approved: '',
    rejected: '',
    expired: '',
    superseded: '',
    withdrawn: '',
    invalidated: '',
  },
  source: {
    proposed: 'approved rejected superseded',
    approved: 'published failed',
    rejected: '',
    superseded: '',
    published: '',
    failed: '',
  },
  artifact: {
    materialized: 'published superseded failed',
    published: 'superseded',
    superseded: '',
    failed: '',
  },
};
/** The rows of one machine as they were designed. */
const designed = (name: string): [string, Map<string, string>][] =>
  Object.entries(DESIGNED[name]!).map(([state, inputs]) => [
    state,
    new Map(
      inputs
        .split(' ')
        .filter(Boolean)
        .map((input) => input.split('>'))
        .map(([input, after]) => [input!, after ?? input!]),
    ),
  ]);

/** Terminal states as designed. */
const MACHINES: Record<string, { machine: Machine<string, string>; ends: string }> = {
  runner: { machine: runnerMachine, ends: 'rejected revoked' },
  assignment: { machine: assignmentMachine, ends: 'expired failed rejected revoked stopped' },
  session: { machine: sessionMachine, ends: 'budget_exceeded cancelled completed failed timed_out' },
  approval: { machine: approvalMachine, ends: 'approved expired invalidated rejected superseded withdrawn' },
  source: { machine: sourceMachine, ends: 'failed published rejected superseded' },
  artifact: { machine: artifactMachine, ends: 'failed superseded' },
};
const statesOf = ({ moves }: Machine<string, string>): string[] => Object.keys(moves);
const inputsOf = (machine: Machine<string, string>): string[] => [
  ...new Set(statesOf(machine).flatMap((state) => Object.keys(machine.moves[state]!))),
];

describe.each(Object.entries(MACHINES))('%s', (name, { machine, ends }) => {
  test('each state has the designed moves and no others', () => {
    const rows = designed(name);
    expect(statesOf(machine).sort()).toEqual(rows.map(([state]) => state).sort());
    expect(machine.initial).toBe(rows[0]![0]);
    for (const [state, moves] of rows)
      for (const input of new Set([...inputsOf(machine), ...statesOf(machine)]))
        expect([state, input, next(machine, state, input)]).toEqual([state, input, moves.get(input) ?? null]);
  });

  test('ends in the designed states, and nothing leaves them', () => {
    const terminal = statesOf(machine).filter((state) => isTerminal(machine, state));
    expect(terminal.sort()).toEqual(ends.split(' '));
    for (const state of terminal)
      for (const input of inputsOf(machine)) expect(next(machine, state, input)).toBeNull();
  });

  test('knows the inputs that lead to a state: they do, and none of them is too many', () => {
    for (const state of Object.keys(machine.moves)) {
      const way = inputsTo(machine, state)!;
      expect(foldInputs(machine, way)).toBe(state);
      for (const [i] of way.entries()) expect(foldInputs(machine, way.toSpliced(i, 1))).not.toBe(state);
    }
  });
  test('reaches every state from its first, and an end from every state', () => {
    const reached = new Set([machine.initial]);
    for (const state of reached)
      for (const after of Object.values(machine.moves[state]!)) reached.add(after!);
    expect([...reached].sort()).toEqual(statesOf(machine).sort());
    for (const state of statesOf(machine)) {
      const ahead = new Set([state]);
      for (const one of ahead) for (const after of Object.values(machine.moves[one]!)) ahead.add(after!);
      expect([...ahead].some((one) => isTerminal(machine, one))).toBe(true);
    }
  });

  test('every move is a state of its own, every other input is null and changes nothing', () => {
    for (const state of statesOf(machine))
      for (const input of [...inputsOf(machine), 'no_such_input']) {
        const after = next(machine, state, input);
        if (after === null) continue;
        expect(statesOf(machine)).toContain(after);
      }
    expect(foldInputs(machine, ['no_such_input'])).toBe(machine.initial);
  });

  test('T25 once ended, whatever follows', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...inputsOf(machine)), { maxLength: 20 }), (inputs) => {
        const ended = inputs.findIndex((_, i) =>
          isTerminal(machine, foldInputs(machine, inputs.slice(0, i + 1))),
        );
        if (ended === -1) return;
        expect(foldInputs(machine, inputs)).toBe(foldInputs(machine, inputs.slice(0, ended + 1)));
      }),
    );
  });
});

test('T76 inherited names are no inputs', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    expect(next(sessionMachine as Machine<string, string>, 'requested', name)).toBeNull();
});

test('the states of a session on the wire are those of its machine', () => {
  expect([...SESSION_STATES].sort()).toEqual(Object.keys(sessionMachine.moves).sort());
});

describe('an assignment is the set of what was said of it', () => {
  const inputs = fc.array(fc.constantFrom(...ASSIGNMENT_INPUTS), { maxLength: 12 });

  test('T25 the order and number of inputs do not matter', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 12 }), (all, at) => {
        const other = [...all.slice(at), ...all.slice(0, at), ...all].reverse();
        expect(foldAssignment(other)).toEqual(foldAssignment(all));
      }),
    );
  });

  test('all inputs have a place in the order', () => {
    expect([...ASSIGNMENT_INPUTS].sort()).toEqual(inputsOf(assignmentMachine).sort());
  });

  test.each([
    [['accept'], 'accepted', 'accept'],
    [['started', 'accept'], 'active', 'started'],
    [['started'], 'offered', null],
    [['revoke', 'accept', 'started'], 'revoked', 'revoke'],
    [['stopped', 'started', 'accept'], 'stopped', 'stopped'],
    [['accept', 'expire'], 'expired', 'expire'],
  ] as [AssignmentInput[], string, string | null][])('%j: %s', (all, state, by) => {
    expect(foldAssignment(all)).toMatchObject({ state, by });
  });

  test('T34 a refusal stays one, whatever its runner says afterwards', () => {
    fc.assert(
      fc.property(inputs, (all) => {
        expect(foldAssignment([...all, 'reject']).state).toBe('rejected');
      }),
    );
  });
});

describe('decisions', () => {
  const decisions = fc.array(
    fc.record<Vote>({
      person: fc.constantFrom('ann', 'bob', 'cleo'),
      decision: fc.constantFrom(...DECISIONS),
    }),
    { maxLength: 8 },
  );

  test('T52 one a person, the first counts; any rejection ends it; else a quorum of persons', () => {
    fc.assert(
      fc.property(decisions, fc.integer({ min: 1, max: 4 }), (all, quorum) => {
        const firsts = ['ann', 'bob', 'cleo'].flatMap(
          (person) => all.find((one) => one.person === person) ?? [],
        );
        const said = new Set(firsts.map((one) => one.decision));
        const dissent = (['rejected', 'changes_wanted'] as const).find((one) => said.has(one));
        const expected = dissent ?? (firsts.length >= quorum ? 'approved' : 'pending');
        expect(tally(all, quorum)).toBe(expected);
      }),
    );
  });

  test('T50 nobody’s decisions are no decision', () => {
    expect(tally([], 1)).toBe('pending');
  });
});

test('T37 a runner is live, then stale, then offline; one never heard is offline', () => {
  const at = [0, STALE_MS - 1, STALE_MS, OFFLINE_MS - 1, OFFLINE_MS, null];
  expect(at.map(liveness)).toEqual(['live', 'live', 'stale', 'stale', 'offline', 'offline']);
});
