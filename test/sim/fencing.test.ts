/** One key, two Hosts: a home that was copied, restored twice, or restored from long ago. Nobody follows both, and the one that was overtaken stays down. */
import { afterEach, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/core/errors.ts';
import { openAssignments } from '../../src/core/projection/queries.ts';
import type { RunningHost } from '../../src/services/host/serve.ts';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import type { Part } from './part.ts';
import { tagOf } from './single-home.ts';
import { ask, reached, shown } from './story.ts';

let fed: Federation;
let copies: Part<RunningHost>[] = [];
const start = async (seed = 'fence'): Promise<void> => {
  copies = [];
  fed = await startFederation({
    seed,
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    suite: idealSuite,
    script: async ({ task, write, sleep }) => {
      if (task === 'long') await sleep(120_000);
      write('done.txt', task);
    },
  });
};
const copyHost = (): Part<RunningHost> => {
  const copy = fed.copyHost(`copy ${copies.length}`);
  copies.push(copy);
  return copy;
};
afterEach(async () => {
  for (const copy of copies) await fed.finish('the end of a copy', copy.stop());
  await fed.close();
});

const TWO_BEATS_MS = 20_000;
const members = () => [...Object.values(fed.people), ...Object.values(fed.runners)];
const works = async (what: string): Promise<void> => {
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', what), 'completed');
};

/** What each member took of a Host, in the order in which it came: the epochs only rise, and each has one boot. */
const followed = (): string[][] =>
  members().map(({ disk, home }) => {
    const all = disk.lines.flatMap(({ dir, event }) =>
      dir === 'in' && event.pubkey === home.host ? [event.tags.find(([name]) => name === 'epoch')!] : [],
    );
    const epochs = all.map(([, n, boot]) => ({ n: Number(n), boot }));
    expect(epochs.map(({ n }) => n)).toEqual(epochs.map(({ n }) => n).toSorted((a, b) => a - b));
    for (const one of epochs)
      for (const { n, boot } of epochs) expect(n !== one.n || boot === one.boot).toBe(true);
    return [...new Set(epochs.map(({ boot }) => boot!))];
  });

/** That it stops, and how long it took. */
const stopsWithin = async (host: Part<RunningHost>, ms: number): Promise<void> => {
  const before = fed.time.elapsed();
  const error = await fed.finish('the fence', host.running!.ended);
  expect(fed.time.elapsed() - before).toBeLessThanOrEqual(ms);
  expect([error.code, exitCodeOf(error)]).toEqual(['conflict', 4]);
  expect(error.message).toMatch(/runs elsewhere too, as epoch \d+: one key, one Host, so this one stops/);
  await fed.finish('its end', host.stop());
};
const refusesToStart = async (host: Part<RunningHost>): Promise<void> => {
  const epoch = host.home.tables.get('epoch', 'own');
  const refusal = { code: 'conflict', hint: expect.stringContaining('host serve --take-over') };
  await expect(fed.finish('a start', host.start())).rejects.toMatchObject(refusal);
  expect(host.home.tables.get('epoch', 'own')).toEqual(epoch);
  host.crash();
};

test('a copy that takes over beside the running Host fences it: it says so within two beats, and stays down', async () => {
  await start();
  await works('first');
  const copy = copyHost();
  await fed.takeOver(copy);
  await stopsWithin(fed.host, TWO_BEATS_MS);
  await works('second');
  await refusesToStart(fed.host);
  for (const boots of followed()) expect(boots.at(-1)).toBe(copy.home.epoch!.boot);
  // And back again, by the operator's word
  await fed.takeOver(fed.host);
  await stopsWithin(copy, TWO_BEATS_MS);
  await works('third');
  await refusesToStart(copy);
  for (const boots of followed()) expect(boots.at(-1)).toBe(fed.host.home.epoch!.boot);
});

test('two that start out of one backup claim one epoch: both stop, and one goes on by the operator’s word', async () => {
  await start();
  await works('first');
  const [one, other] = [copyHost(), copyHost()];
  await fed.finish('the stop', fed.host.stop());
  await fed.finish('the start of one', one.start());
  await fed.time.pass(5000);
  await fed.finish('the start of the other', other.start());
  expect(other.home.epoch).toMatchObject({ n: one.home.epoch!.n });
  await stopsWithin(one, TWO_BEATS_MS);
  await stopsWithin(other, TWO_BEATS_MS);
  await refusesToStart(one);
  await refusesToStart(other);
  await fed.takeOver(other);
  await works('second');
  for (const boots of followed()) expect(boots.at(-1)).toBe(other.home.epoch!.boot);
});

test('a backup of long ago takes over: what it does not know of is overtaken, and work goes on', async () => {
  await start();
  await works('first');
  await fed.addRunner('r2');
  await fed.trust('r2');
  const backup = copyHost();
  // Since then: starts, a runner without trust, and the node on another one, changed twice
  for (let i = 0; i < 3; i++) {
    await fed.finish('the stop', fed.host.stop());
    await fed.finish('the start', fed.host.start());
  }
  await fed.trust('r1', 'revoked');
  for (const time of ['20m', '30m'])
    await fed.applyGraph(({ nodes }) => {
      nodes.builder!.policy = { sandbox: 'none', budget: { time } };
    });
  await works('second');
  const fences = fed.host.home.tables.list('assignments').map(({ fence }) => fence);
  expect(Math.max(...fences)).toBeGreaterThan(1);
  await fed.takeOver(backup);
  await stopsWithin(fed.host, TWO_BEATS_MS);
  await refusesToStart(fed.host);
  const open = () => openAssignments(backup.home.tables)[0];
  await fed.until('the node under a fence above all', () => (open()?.fence ?? 0) > backup.home.epoch!.n);
  const old = backup.home.tables.list('assignments', { node: 'builder', fence: 1 });
  expect(old).toMatchObject([{ state: 'revoked', reason: 'let_go' }]);
  await works('third');
  for (const boots of followed()) expect(boots.at(-1)).toBe(backup.home.epoch!.boot);
  const trusted = fed.runners.r1!.home.tables.list('trust').map(({ state }) => state);
  expect(trusted).toEqual(['trusted']);
});

test('what runs while a fresh copy takes over goes on where it is', async () => {
  await start();
  const session = await ask(fed, 'alice', 'builder', 'long');
  await fed.until('the turn', () => fed.runs.length === 1);
  const copy = copyHost();
  await fed.takeOver(copy);
  await stopsWithin(fed.host, TWO_BEATS_MS);
  await reached(fed, 'alice', session, 'completed');
  expect(shown(fed, 'alice', session)).toMatchObject({ attempt: 1 });
  await fed.time.pass(10 * 60_000);
  expect(openAssignments(copy.home.tables)).toMatchObject([{ fence: 1, state: 'active' }]);
  expect(fed.runs.length).toBe(1);
});

test('a backup of long ago that does not take over is followed by nobody, and stops', async () => {
  await start();
  const backup = copyHost();
  await fed.finish('the stop', fed.host.stop());
  await fed.finish('the start', fed.host.start());
  await fed.finish('the stop', fed.host.stop());
  await fed.finish('the start', fed.host.start());
  await works('first');
  await fed.finish('the start of the backup', backup.start());
  await stopsWithin(backup, TWO_BEATS_MS);
  await refusesToStart(backup);
  await works('second');
  for (const boots of followed()) expect(boots).not.toContain(backup.home.tables.get('epoch', 'own')!.boot);
});

test('a claim says by which word it was made', async () => {
  await start();
  const copy = copyHost();
  await fed.takeOver(copy);
  await stopsWithin(fed.host, TWO_BEATS_MS);
  const claims = copy.disk.lines.flatMap(({ event }) =>
    tagOf(event, 'type') === 'epoch.claimed' ? [event] : [],
  );
  expect(claims.map(({ content }) => JSON.parse(content).takesOver)).toEqual([undefined, true]);
});

/** Whatever an operator does with homes of one key, and wherever a kill falls: no member follows two. */
test.each(Array.from({ length: times(14, 1000) }, (_, n) => `fence ${n}`))(
  'copies that are started and killed at any moment: %s',
  async (seed) => {
    await start(seed);
    const { dice } = fed;
    const hosts = [fed.host, copyHost()];
    for (let step = 0; step < 8; step++) {
      const host = dice.pick(hosts);
      if (host.isUp) host.crash();
      else void (dice.chance(0.5) ? fed.takeOver(host) : host.start()).catch(() => host.crash());
      if (step === 3) hosts.push(copyHost());
      await fed.time.pass(dice.between(1, dice.chance(0.5) ? 200 : 15_000));
      // As its process does that it ends
      for (const one of hosts) {
        const { running } = one;
        void running?.ended.then(() => one.running === running && one.crash());
      }
    }
    for (const host of hosts) if (host.isUp) host.crash();
    followed();
    await fed.takeOver(dice.pick(hosts));
    await works('after all');
    followed();
  },
);
