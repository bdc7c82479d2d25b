/** One simulated hour after another: tasks at their times, outages of everything, and what each hour costs. */
import { waitsForMe } from '../../src/services/user/views.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { NO_FAULTS } from './memory-relay.ts';
import type { Part } from './part.ts';
import { approve, ask, shown } from './story.ts';

const MINUTE = 60_000;
export const TASKS_AN_HOUR = 11;

export const startDay = (seed: string): Promise<Federation> =>
  startFederation({
    seed,
    people: { alice: {}, bob: {} },
    agents: {
      builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } },
      helper: {},
    },
    edges: [
      'alice delegates_to builder',
      'alice approves builder',
      'bob delegates_to helper',
      'builder delegates_to helper',
    ],
    runners: { r1: {}, r2: {} },
    relays: 2,
    suite: idealSuite,
    saveMs: 10 * MINUTE,
    script: async ({ task, write, delegate }) => {
      write('done.txt', task);
      if (task.startsWith('build')) await delegate('helper', `help with ${task}`);
    },
  });

export type Hour = {
  /** Wraps that were published at all relays together. */
  published: number;
  /** Lines that each home wrote. */
  lines: Record<string, number>;
  /** What waits at the end of the hour: outgoing messages, held ones, sleepers of the clock. */
  outgoing: number;
  held: number;
  sleepers: number;
  /** How tasks of this hour ended, by how many. */
  ends: Record<string, number>;
};

const partsOf = (fed: Federation): Part<unknown>[] => [
  fed.host,
  ...Object.values(fed.runners),
  ...Object.values(fed.people),
];

/** Within the hour everything is away for a while, one after the other; the last minutes are quiet. */
const OUTAGES: readonly {
  minute: number;
  begin: (fed: Federation) => unknown;
  end: (fed: Federation) => unknown;
}[] = [
  {
    minute: 2,
    begin: ({ relays: [one] }) => one!.setState('down'),
    end: ({ relays: [one] }) => one!.setState('up'),
  },
  { minute: 7, begin: ({ host }) => host.crash(), end: ({ host }) => host.start() },
  { minute: 12, begin: ({ runners }) => runners.r1!.crash(), end: ({ runners }) => runners.r1!.start() },
  { minute: 17, begin: ({ people }) => people.alice!.stop(), end: ({ people }) => people.alice!.start() },
  {
    minute: 22,
    begin: ({ relays }) => relays.map((one) => one.setState('down')),
    end: ({ relays }) => relays.map((one) => one.setState('up')),
  },
  {
    minute: 27,
    begin: ({ relays: [, two] }) => {
      two!.faults = { drop: 0.3, withhold: 0.2, duplicate: 0.3, delay: 0.3, delayMs: 20_000, replay: 0.2 };
    },
    end: ({ relays: [, two] }) => {
      two!.faults = NO_FAULTS;
    },
  },
  {
    minute: 32,
    begin: ({ remote }) => Object.assign(remote, { reachable: false }),
    end: ({ remote }) => Object.assign(remote, { reachable: true }),
  },
  { minute: 37, begin: ({ host }) => host.stop(), end: ({ host }) => host.start() },
  { minute: 42, begin: ({ runners }) => runners.r2!.stop(), end: ({ runners }) => runners.r2!.start() },
];
const OUTAGE_MS = 3 * MINUTE;
const DAY = Array.from({ length: TASKS_AN_HOUR }, (_, i) => ({ minute: 1 + 4 * i, n: i }));

/** A moment of the hour, in order: what begins, ends or is asked then. */
type Moment = { at: number; act: () => unknown };

const approveWaiting = async (fed: Federation): Promise<void> => {
  const { running, home } = fed.people.alice!;
  if (!running) return;
  for (const row of home.tables.list('approvals', { open: 1 }))
    if (waitsForMe(home, row)) await approve(fed, 'alice', String(row.session));
};

export const liveAnHour = async (fed: Federation, hour: number): Promise<Hour> => {
  const started = fed.time.elapsed();
  const published = fed.relays.map(({ stats }) => stats.published);
  const lines = new Map(partsOf(fed).map((part) => [part.name, part.disk.lines.length]));
  const sessions: { person: string; session: string }[] = [];
  const moments: Moment[] = [
    ...OUTAGES.flatMap(({ minute, begin, end }) => [
      { at: minute * MINUTE, act: () => begin(fed) },
      { at: minute * MINUTE + OUTAGE_MS, act: () => end(fed) },
    ]),
    ...DAY.map(({ minute, n }) => ({
      at: minute * MINUTE,
      act: async () => {
        const person = n % 3 === 0 ? 'bob' : 'alice';
        const [node, what] = person === 'bob' ? ['helper', 'look'] : ['builder', 'build'];
        if (fed.people[person]!.running)
          sessions.push({ person, session: await ask(fed, person, node!, `${what} ${hour}:${n}`) });
      },
    })),
    ...Array.from({ length: 58 }, (_, minute) => ({
      at: minute * MINUTE + 500,
      act: () => approveWaiting(fed),
    })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, act } of moments) {
    await fed.time.pass(Math.max(0, started + at - fed.time.elapsed()));
    await fed.finish('a moment of the hour', Promise.resolve(act()));
  }
  await fed.time.pass(started + 60 * MINUTE - fed.time.elapsed());
  const ends: Record<string, number> = {};
  for (const { person, session } of sessions) {
    const seen = shown(fed, person, session);
    const end = [seen?.state, seen?.reason].filter(Boolean).join(' ');
    ends[end] = (ends[end] ?? 0) + 1;
  }
  const waiting = (table: 'outbox' | 'held_messages') =>
    partsOf(fed).reduce((sum, { home }) => sum + home.tables.count(table), 0);
  return {
    published: fed.relays.reduce((sum, { stats }, i) => sum + stats.published - published[i]!, 0),
    lines: Object.fromEntries(
      partsOf(fed).map(({ name, disk }) => [name, disk.lines.length - (lines.get(name) ?? 0)]),
    ),
    outgoing: waiting('outbox'),
    held: waiting('held_messages'),
    sleepers: fed.time.sleepers(),
    ends,
  };
};
