/** Random histories as data: what people, operators, machines and the weather do to a federation, each at its moment. */
import type { Decision } from '../../src/core/vocabulary.ts';
import { createDice, type Dice } from './dice.ts';
import type { RelayFaults, RelayState } from './memory-relay.ts';

export type Edit = 'cut alice' | 'join bob' | 'quorum two' | 'slower helper' | 'restore' | 'only bob';
const FIRST_LIES = [
  'bob asks builder',
  'bob cancels for alice',
  'bob approves what is not his',
  'alice speaks as the Host',
  'alice trusts a runner',
  'helper ends what builder does',
  'builder asks alice',
  'a stranger observes',
  'a runner observes for another',
] as const;
const MORE_LIES = [
  ...FIRST_LIES,
  'bob takes a session of alice',
  'bob asks in an epoch to come',
  'bob asks at a revision to come',
  'somebody decides again',
  'alice approves another change',
  'alice answers another question',
  'alice says two things in one place',
  'alice says two things under one key',
  'alice is heard again in a new wrap',
  'builder closes what it did not ask',
  'a newcomer observes',
  'a newcomer guesses an invite',
  'a revoked runner goes on',
  'a runner observes a node that it never had',
  'a runner lets go of what is another’s',
  'a runner takes its node with a false proof',
  'a runner shows evidence by nobody',
  'the Host of before speaks',
  'another boot of the Host speaks',
  'the Host names a key that its accept does not',
  'the Host says two things at once',
] as const;
const DOOR_LIES = [
  'a newcomer says hello from the far future',
  'builder asks for a consent that never ends',
  'builder closes a crowd of questions that it did not put',
  'helper says what builder published',
  'a runner turns a decision over',
  'strangers come in a crowd',
  'a newcomer writes to everybody',
  'a wrap is of another cipher',
] as const;
export const LIES = [...MORE_LIES, ...DOOR_LIES] as const;
export type LieName = (typeof LIES)[number];
export type Step =
  | { do: 'ask'; person: string; node: string; task: string }
  | { do: 'decide'; person: string; decision: Decision }
  | { do: 'cancel'; task: number }
  /** By an operator. */
  | { do: 'end'; task: number }
  | { do: 'edit'; edit: Edit }
  | { do: 'revoke'; runner: string }
  | { do: 'crash' | 'stop'; part: string; downMs: number; damage: boolean }
  | { do: 'relay'; relay: number; state: RelayState; forMs: number }
  | { do: 'weather'; relay: number; faults: RelayFaults; forMs: number }
  | { do: 'remote'; trouble: 'away' | 'refuses' | 'loses answers'; forMs: number }
  | { do: 'move'; task: number }
  /** Somebody who has stolen the key. */
  | { do: 'lie'; lie: LieName; task: number };
export type Timed = Step & { at: number };
export type History = { seed: string; steps: readonly Timed[] };

export const PEOPLE = { alice: {}, bob: {} };
const APPROVED = { policy: { approval: { 'source.publish': { by: ['alice', 'bob'], quorum: 1 } } } };
export const AGENTS = { builder: APPROVED, helper: {} };
export const EDGES = [
  'alice delegates_to builder',
  'alice delegates_to helper',
  'bob delegates_to helper',
  'builder delegates_to helper',
  'builder hands_off_to helper',
  'alice approves builder',
  'bob approves builder',
];
const PARTS = ['host', 'r1', 'r2', 'alice', 'bob'];
const TASKS = 10;
const FAULTS = 16;
const LIES_TOLD = 8;
const DOOR_LIES_TOLD = 3;
const MORE_DECISIONS = 4;
const ABSENCE_MS = 30_000;
export const SPAN_MS = 60_000;

const taskOf = (dice: Dice, i: number): string =>
  dice.pick([
    `write ${i}`,
    `write ${i}; sleep ${dice.between(100, 8000)}`,
    'nothing',
    `write ${i}; fail`,
    `delegate helper write given ${i}; write ${i}`,
    `delegate helper sleep 3000; delegate helper write ${i}`,
  ]);

/** Of seeds that begin so, tasks are handed on where those of others are delegated. */
export const HANDING = 'handing';

const ask = (dice: Dice, i: number, gives = 'delegate'): Step => {
  const person = dice.pick(['alice', 'alice', 'bob']);
  const node = person === 'bob' ? 'helper' : dice.pick(['builder', 'builder', 'helper']);
  return { do: 'ask', person, node, task: taskOf(dice, i).replaceAll('delegate', gives) };
};

const weather = (dice: Dice): RelayFaults => {
  const part = () => (dice.chance(0.5) ? dice.next() * 0.4 : 0);
  return {
    drop: part(),
    withhold: part(),
    duplicate: part(),
    delay: part(),
    delayMs: dice.between(100, 5000),
    replay: part(),
  };
};

/** Each trouble ends by itself within the span; a crash is followed by a start. */
const TROUBLES: readonly ((dice: Dice) => Step)[] = [
  (dice) => ({
    do: 'decide',
    person: dice.pick(['alice', 'bob']),
    decision: dice.pick(['approved', 'rejected']),
  }),
  (dice) => ({ do: 'decide', person: dice.pick(['alice', 'bob']), decision: 'approved' }),
  (dice) => ({ do: 'cancel', task: dice.between(0, TASKS - 1) }),
  (dice) => ({
    do: 'edit',
    edit: dice.pick(['cut alice', 'join bob', 'quorum two', 'slower helper', 'restore']),
  }),
  (dice) => ({ do: 'revoke', runner: dice.pick(['r1', 'r2']) }),
  ...Array<(dice: Dice) => Step>(4).fill((dice) => ({
    do: 'crash',
    part: dice.pick(PARTS),
    downMs: dice.between(0, 6000),
    damage: dice.chance(0.3),
  })),
  (dice) => ({ do: 'stop', part: dice.pick(PARTS), downMs: dice.between(0, 20_000), damage: false }),
  (dice) => ({
    do: 'relay',
    relay: dice.between(0, 1),
    state: dice.pick(['down', 'silent', 'refusing']),
    forMs: dice.between(500, 15_000),
  }),
  ...Array<(dice: Dice) => Step>(3).fill((dice) => ({
    do: 'weather',
    relay: dice.between(0, 1),
    faults: weather(dice),
    forMs: dice.between(1000, 20_000),
  })),
  (dice) => ({
    do: 'remote',
    trouble: dice.pick(['away', 'refuses', 'loses answers']),
    forMs: dice.between(500, 10_000),
  }),
  (dice) => ({ do: 'move', task: dice.between(0, TASKS - 1) }),
  ...Array<(dice: Dice) => Step>(3).fill((dice) => ({
    do: 'lie',
    lie: dice.pick(FIRST_LIES),
    task: dice.between(0, TASKS - 1),
  })),
];

/** Drawn by dice of their own, so that a seed which failed before still means what it meant. */
const moreOf = (seed: string): Timed[] => {
  const dice = createDice(`more of ${seed}`);
  const at = () => dice.between(0, SPAN_MS);
  const lies = Array.from(
    { length: LIES_TOLD },
    (): Timed => ({
      at: at(),
      do: 'lie',
      lie: dice.pick(MORE_LIES),
      task: dice.between(0, TASKS - 1),
    }),
  );
  const sometimes = (part: number, steps: () => Timed[]): Timed[] => (dice.chance(part) ? steps() : []);
  const edits = sometimes(0.4, () => [{ at: at(), do: 'edit', edit: 'only bob' }]);
  const decisions = Array.from(
    { length: MORE_DECISIONS },
    (): Timed => ({
      at: at(),
      do: 'decide',
      person: dice.pick(['alice', 'bob']),
      decision: 'approved',
    }),
  );
  // Longer than a lease: what nodes do meanwhile, nobody allows.
  const absence = sometimes(0.3, () => [
    { at: at(), do: 'stop', part: 'host', downMs: ABSENCE_MS, damage: false },
  ]);
  const revoked = sometimes(0.3, () => {
    const from = dice.between(10_000, SPAN_MS - 20_000);
    const goesOn = { do: 'lie', lie: 'a revoked runner goes on', task: 0 } as const;
    return [
      { at: from, do: 'revoke', runner: dice.pick(['r1', 'r2']) },
      ...[2_000, 10_000, 20_000].map((ms) => ({ at: from + ms, ...goesOn })),
    ];
  });
  const changes = sometimes(0.5, () =>
    Array.from({ length: MORE_DECISIONS }, () => ({
      at: at(),
      do: 'decide',
      person: dice.pick(['alice', 'bob']),
      decision: 'changes_wanted',
    })),
  );
  return [...lies, ...edits, ...decisions, ...absence, ...revoked, ...changes];
};

const atTheDoor = (seed: string): Timed[] => {
  const dice = createDice(`the door of ${seed}`);
  return Array.from({ length: DOOR_LIES_TOLD }, () => ({
    at: dice.between(0, SPAN_MS),
    do: 'lie',
    lie: dice.pick(DOOR_LIES),
    task: dice.between(0, TASKS - 1),
  }));
};

/** What operators end: few, so that most tasks come to an end of their own. */
const endings = (seed: string): Timed[] => {
  const dice = createDice(`the ends of ${seed}`);
  return Array.from({ length: dice.between(0, 2) }, () => ({
    at: dice.between(0, SPAN_MS),
    do: 'end',
    task: dice.between(0, TASKS - 1),
  }));
};

export const historyOf = (seed: string): History => {
  const dice = createDice(`history ${seed}`);
  const gives = seed.startsWith(HANDING) ? 'handoff' : 'delegate';
  const at = () => dice.between(0, SPAN_MS);
  const asks = Array.from({ length: TASKS }, (_, i) => ({ at: at(), ...ask(dice, i, gives) }));
  const troubles = Array.from({ length: FAULTS }, () => ({ at: at(), ...dice.pick(TROUBLES)(dice) }));
  return {
    seed,
    steps: [...asks, ...troubles, ...moreOf(seed), ...atTheDoor(seed), ...endings(seed)].sort(
      (a, b) => a.at - b.at,
    ),
  };
};

/** The smallest part of the steps found that still goes wrong, within so many tries. */
export const shrink = async (
  history: History,
  isWrong: (history: History) => Promise<boolean>,
  tries = 60,
): Promise<History> => {
  let { steps } = history;
  for (let size = Math.ceil(steps.length / 2); size >= 1 && tries > 0; size = Math.floor(size / 2))
    for (let from = 0; from < steps.length && tries > 0; ) {
      const fewer = steps.filter((_, i) => i < from || i >= from + size);
      tries--;
      if (await isWrong({ ...history, steps: fewer })) steps = fewer;
      else from += size;
    }
  return { ...history, steps };
};
