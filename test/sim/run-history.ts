/** Runs a random history, lets everything come to rest, and says what then does not hold. */

import { EntangleError } from '../../src/core/errors.ts';
import type { HistoryBounds } from '../../src/core/projection/history/over.ts';
import type { Decision } from '../../src/core/vocabulary.ts';
import { cancelSession as endSession } from '../../src/services/host/cancel-session.ts';
import { decide } from '../../src/services/user/approvals.ts';
import { ask as askNode, cancel as cancelSession } from '../../src/services/user/ask.ts';
import { isCutOff, waitsForMe } from '../../src/services/user/views.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { AGENTS, EDGES, type Edit, type History, PEOPLE, SPAN_MS, type Step } from './histories.ts';
import { createIntruder, type Intruder } from './intruder.ts';
import { everyPart, faultsOf } from './invariants.ts';
import { type LeaseWatch, LOOK_MS, watchLeases } from './lease-watch.ts';
import { tellLie } from './lies.ts';
import { NO_FAULTS } from './memory-relay.ts';
import type { Part } from './part.ts';
import type { EngineScript } from './scripted-engine.ts';

const REST_MS = 3_600_000;
const LEASE_MS = 12_000;
const OPEN_AT_NODE = ['requested', 'accepted', 'active', 'waiting_approval'] as const;

/** A task is a program, and so are the changes that are wanted of it: words between semicolons, lines after headings. */
const script: EngineScript = async ({ task, write, print, sleep, directive }) => {
  const lines = task.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  for (const [what, ...words] of lines.flatMap((line) => line.split('; ')).map((part) => part.split(' '))) {
    const rest = words.join(' ');
    if (what === 'write') write('done.txt', `${rest}\n`);
    if (what === 'sleep') await sleep(Number(rest));
    if (what === 'delegate' || what === 'handoff')
      print(
        `${await directive(JSON.stringify({ [what]: { to: words[0], task: words.slice(1).join(' ') } }))}\n`,
      );
    if (what === 'fail') return 1;
  }
  return 0;
};

const EDITS: Record<Edit, (file: ReturnType<Federation['graph']>) => void> = {
  'cut alice': (file) => {
    file.edges = file.edges.filter((edge) => !String(edge).startsWith('alice delegates_to'));
  },
  'join bob': (file) => {
    if (!file.edges.includes('bob delegates_to builder')) file.edges.push('bob delegates_to builder');
  },
  'quorum two': (file) => {
    file.nodes.builder!.policy = {
      sandbox: 'none',
      approval: { 'source.publish': { by: ['alice', 'bob'], quorum: 2 } },
    };
  },
  'only bob': (file) => {
    file.nodes.builder!.policy = {
      sandbox: 'none',
      approval: { 'source.publish': { by: ['bob'], quorum: 1 } },
    };
  },
  'slower helper': (file) => {
    const { budget } = (file.nodes.helper!.policy ?? {}) as { budget?: { time: string } };
    file.nodes.helper!.policy = { sandbox: 'none', budget: { time: budget?.time === '50m' ? '40m' : '50m' } };
  },
  restore: (file) => {
    file.edges = [...EDGES];
  },
};

type Work = { what: string; isOver: () => boolean };
type Run = {
  fed: Federation;
  intruder: Intruder;
  sessions: string[];
  work: Map<Promise<unknown>, Work>;
  errors: string[];
  leases: LeaseWatch;
};

const partOf = ({ fed }: Run, name: string): Part<unknown> =>
  name === 'host' ? fed.host : (fed.runners[name] ?? fed.people[name])!;

/**
 * Begins what a step says and goes on; what a person would be told is no fault. What a process did not finish before
 * it crashed it never will.
 */
const begin = (run: Run, what: string, work: Promise<unknown>, part?: Part<unknown>): void => {
  const home = part?.home;
  const mine = work
    .catch((error: unknown) => {
      if (!(error instanceof EntangleError)) run.errors.push(`${what}: ${(error as Error).stack}`);
    })
    .finally(() => run.work.delete(mine));
  run.work.set(mine, { what, isOver: () => part !== undefined && (part.home !== home || !part.isUp) });
};

const later = (run: Run, ms: number, work: () => void): void =>
  begin(run, 'later', run.fed.time.clock.sleep(ms).then(work));

const startAgain = (run: Run, part: Part<unknown>): void => {
  const started = () => part.start().then(run.leases.look);
  if (!part.isUp) begin(run, `the start of ${part.name}`, started(), part);
};

const decideAll = async (run: Run, person: string, decision: Decision): Promise<void> => {
  const user = run.fed.people[person]!.running;
  for (const row of user?.home.tables.list('approvals', { open: 1 }) ?? [])
    if (waitsForMe(user!.home, row)) await decide(user!, row, decision, { reason: 'write again' });
};

const cancelTask = (run: Run, task: number): void => {
  for (const person of Object.values(run.fed.people)) {
    const row = person.home.tables.get('sessions', run.sessions[task] ?? '');
    if (person.running && row?.requester === person.home.self.pubkey)
      begin(run, 'a cancel', cancelSession(person.running, row, 'no need'), person);
  }
};

const STEPS: { [K in Step['do']]: (run: Run, step: Extract<Step, { do: K }>) => void } = {
  ask: (run, { person, node, task }) => {
    const user = run.fed.people[person]!.running;
    if (!user) return;
    const asked = askNode(user, node, task).then(({ session }) => run.sessions.push(session));
    begin(run, 'an ask', asked, run.fed.people[person]);
  },
  decide: (run, { person, decision }) =>
    begin(run, 'a decision', decideAll(run, person, decision), run.fed.people[person]),
  cancel: (run, { task }) => cancelTask(run, task),
  end: (run, { task }) => {
    const { host } = run.fed;
    const wanted = { session: run.sessions[task] ?? '', reason: 'no room' };
    if (host.running) begin(run, 'an end', endSession(host.running.host, wanted, 'op'), host);
  },
  edit: (run, { edit }) => {
    if (run.fed.host.running) begin(run, 'an edit', run.fed.applyGraph(EDITS[edit]), run.fed.host);
  },
  revoke: (run, { runner }) => {
    if (run.fed.host.running) begin(run, 'a revocation', run.fed.trust(runner, 'revoked'), run.fed.host);
  },
  crash: (run, { part: name, downMs, damage }) => {
    const part = partOf(run, name);
    if (!part.isUp) return;
    part.crash();
    if (damage) part.damage();
    later(run, downMs, () => startAgain(run, part));
  },
  stop: (run, { part: name, downMs }) => {
    const part = partOf(run, name);
    if (!part.running) return;
    begin(
      run,
      `the stop of ${name}`,
      part.stop().then(() => later(run, downMs, () => startAgain(run, part))),
      part,
    );
  },
  relay: ({ fed, ...run }, { relay, state, forMs }) => {
    fed.relays[relay]!.setState(state);
    later({ fed, ...run }, forMs, () => fed.relays[relay]!.setState('up'));
  },
  weather: (run, { relay, faults, forMs }) => {
    run.fed.relays[relay]!.faults = faults;
    later(run, forMs, () => {
      run.fed.relays[relay]!.faults = NO_FAULTS;
    });
  },
  remote: (run, { trouble, forMs }) => {
    const { remote } = run.fed;
    if (trouble === 'away') remote.reachable = false;
    if (trouble === 'refuses') remote.refusal = 'sign your commits';
    if (trouble === 'loses answers') remote.losesAnswers = 0.7;
    later(run, forMs, () => Object.assign(remote, { reachable: true, refusal: null, losesAnswers: 0 }));
  },
  move: ({ fed, sessions }, { task }) => {
    const session = sessions[task];
    if (session) fed.remote.move(`entangle/builder/${session}`, { 'theirs.txt': 'theirs\n' });
  },
  lie: (run, { lie, task }) => {
    const session = run.sessions[task];
    const { fed, intruder } = run;
    // Without an epoch the Host is just starting; a lie needs one to be taken for its word.
    if (session && fed.host.home.epoch)
      begin(run, 'a lie', Promise.resolve(tellLie[lie]({ fed, intruder, session })));
  },
};

/** What somebody still waits for. */
const unfinished = (run: Run): string[] => {
  const { fed, work } = run;
  const mine = Object.values(fed.people).flatMap(({ name, home }) => {
    const self = home.self.pubkey;
    const sessions = home.tables
      .list('sessions', { open: 1, requester: self })
      .filter((row) => !isCutOff(home, row))
      .map((row) => `session ${row.id} of ${name} is ${row.state}`);
    const questions = home.tables
      .list('approvals', { open: 1 })
      .filter((row) => waitsForMe(home, row))
      .map((row) => `approval ${row.id} waits for ${name}`);
    return [...sessions, ...questions];
  });
  const nodes = Object.values(fed.runners).flatMap(({ name, home }) =>
    [...home.identities.values()]
      .filter(({ role }) => role === 'node')
      .flatMap(({ pubkey }) =>
        OPEN_AT_NODE.flatMap((state) => home.tables.list('sessions', { node: pubkey, state })),
      )
      .map((row) => `session ${row.id} is ${row.state} at ${name}`),
  );
  return [...mine, ...nodes, ...[...work.values()].filter(({ isOver }) => !isOver()).map(({ what }) => what)];
};

/** All faults end; every part serves; people approve what they are asked. */
const comeToRest = async (run: Run): Promise<string[]> => {
  const { fed } = run;
  for (const relay of fed.relays) {
    relay.setState('up');
    relay.faults = NO_FAULTS;
  }
  Object.assign(fed.remote, { reachable: true, refusal: null, losesAnswers: 0 });
  await fed.until(
    'every part',
    () => {
      for (const part of everyPart(fed)) startAgain(run, part);
      return everyPart(fed).every(({ running }) => running !== null);
    },
    REST_MS,
  );
  const trusted = () => fed.host.home.tables.list('trust', { state: 'trusted' }).length;
  if (trusted() === 0) {
    await fed.addRunner('r3');
    await fed.trust('r3');
  }
  const deadline = fed.time.elapsed() + REST_MS;
  while (unfinished(run).length > 0 && fed.time.elapsed() < deadline) {
    await fed.time.pass(1000);
    for (const person of Object.keys(fed.people))
      begin(run, 'a decision', decideAll(run, person, 'approved'), fed.people[person]);
    await fed.time.pass(500);
  }
  return unfinished(run);
};

const lookOn = async ({ fed, leases }: Run): Promise<never> => {
  for (;;) {
    leases.look();
    await fed.time.clock.sleep(LOOK_MS);
  }
};

export const runHistory = async (
  { seed, steps }: History,
  watch: (fed: Federation) => void = () => {},
  over?: HistoryBounds,
): Promise<string[]> => {
  const fed = await startFederation({
    seed,
    people: PEOPLE,
    agents: AGENTS,
    edges: EDGES,
    runners: { r1: {}, r2: {} },
    relays: 2,
    suite: idealSuite,
    leaseMs: LEASE_MS,
    script,
    history: over,
  });
  watch(fed);
  const leases = watchLeases(fed, LEASE_MS);
  const intruder = createIntruder(fed, idealSuite);
  const run: Run = { fed, intruder, sessions: [], work: new Map(), errors: [], leases };
  void lookOn(run);
  const started = fed.time.elapsed();
  for (const step of steps) {
    await fed.time.pass(Math.max(0, started + step.at - fed.time.elapsed()));
    STEPS[step.do](run, step as never);
  }
  await fed.time.pass(Math.max(0, started + SPAN_MS - fed.time.elapsed()));
  const waiting = await comeToRest(run);
  // What is on its way arrives, and is durable.
  await fed.time.pass(10_000);
  const waited = waiting.map((what) => `for ever: ${what}`);
  const faults = [...run.errors, ...leases.faults, ...waited, ...faultsOf(fed)];
  for (const part of everyPart(fed)) part.crash();
  return faults;
};
