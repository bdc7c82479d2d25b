/** A runner that left, as its Host has it: it is no runner any more, nobody is alarmed, and its name is free. */
import { describe, expect, test } from 'vitest';
import { OPERATOR, type SingleHost, startSingleHost, WITH_HELPER } from '../../../test/sim/single-host.ts';
import { bothWays, key } from '../../../test/support/fold-kit.ts';
import { unplacedNodes } from '../../core/graph/change/placement.ts';
import { isLeaving, type RunnerHello } from '../../core/projection/queries.ts';
import { createAssignment, listAssignments } from './assignments.ts';
import { listAudit } from './audit.ts';
import { auditWords } from './audit-words.ts';
import { graphState } from './graph-state.ts';
import { memberKeys } from './routes.ts';
import { listRunners } from './runners.ts';
import { status } from './status.ts';

const goodbye = async (one: SingleHost) => {
  await one.hear({ type: 'runner.goodbye', from: 'runner', to: 'host', body: {} });
  await one.time.pass(1_000);
};
const trusts = (one: SingleHost) =>
  listRunners(one.host)
    .items.map(({ name, trust }) => `${name} ${trust}`)
    .sort();
const places = (one: SingleHost) =>
  one.offers().map(({ to, body }) => `${one.world.byKey.get(to)!.name} ${body.fence}`);

describe('a runner that says that it leaves', () => {
  const says = async (one: SingleHost, leaving: object) => {
    const { detail } = one.home.tables.get('hellos', one.actors.runner.pubkey)! as RunnerHello;
    const { leaving: _before, ...facts } = detail;
    const body = { ...facts, ...leaving, name: 'r1' };
    await one.hear({ type: 'runner.hello', from: 'runner', to: 'host', body });
    await one.time.pass(1_000);
  };
  const states = (one: SingleHost) =>
    listRunners(one.host).items.map(({ leaving, liveness }) => ({ leaving, liveness }));
  const leaving = ({ host }: SingleHost) => listAssignments(host).items.map((row) => row.leaving);

  test('is listed so with what it has, takes nothing more, and is gone when it has left', async () => {
    const one = await startSingleHost();
    await one.place();
    expect([states(one), leaving(one)]).toEqual([[{ leaving: false, liveness: 'live' }], [false]]);
    await says(one, { leaving: true });
    expect([states(one), leaving(one)]).toEqual([[{ leaving: true, liveness: 'live' }], [true]]);
    await one.apply(WITH_HELPER);
    await one.heartbeat('runner');
    await one.time.pass(1_000);
    expect(one.offers('helper')).toEqual([]);
    expect(unplacedNodes(one.host.graph!, graphState(one.host))).toMatchObject([
      { node: 'helper', because: 'no runner fits (r1: it leaves this federation)' },
    ]);
    await expect(createAssignment(one.host, { node: 'helper', runner: 'r1' }, OPERATOR)).rejects.toThrow(
      'it leaves this federation',
    );
    await goodbye(one);
    expect([states(one), leaving(one)]).toEqual([[{ leaving: false, liveness: 'offline' }], [false]]);
  });
});

describe('a runner that says goodbye', () => {
  test('is listed as left, and what it still held goes elsewhere at once', async () => {
    const one = await startSingleHost();
    await one.place();
    await one.addRunner('runner2', 'r2');
    await goodbye(one);
    expect(trusts(one)).toEqual(['r1 left', 'r2 trusted']);
    expect(places(one)).toEqual(['runner 1', 'runner2 2']);
  });

  test('stands where operators look, signed by itself, and is counted no more', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.addRunner('runner2', 'r2');
    expect(status(one.host).runners).toBe(2);
    await goodbye(one);
    expect(status(one.host).runners).toBe(1);
    const { items } = await listAudit(one.home, {});
    expect(items.map(auditWords).at(-1)).toBe('the Host: runner r1: has left');
    const { event } = items.at(-1)!;
    const line = one.home.disk.lines.find((other) => other.event.id === event);
    expect([line?.dir, line?.event.pubkey]).toEqual(['in', one.actors.runner.pubkey]);
    await one.trust('runner2', 'r2', 'revoked');
    expect(status(one.host).runners).toBe(0);
  });

  test('may read for an hour that it was heard, and frees its name', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await goodbye(one);
    const { pubkey } = one.actors.runner;
    expect(memberKeys(one.host)).toContain(pubkey);
    await one.addRunner('runner2', 'r1');
    expect(trusts(one)).toEqual(['r1 left', 'r1 trusted']);
    await one.time.pass(3_600_000);
    expect(memberKeys(one.host)).not.toContain(pubkey);
  });

  test('is not trusted again, and may be revoked', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await goodbye(one);
    await expect(one.trust('runner', 'r1')).rejects.toMatchObject({
      message: 'runner "r1" is left and cannot become trusted',
      hint: expect.stringContaining('`entangle host invite runner --name r1`'),
    });
    await one.trust('runner', 'r1', 'revoked');
    expect(trusts(one)).toEqual(['r1 revoked']);
    expect(memberKeys(one.host)).not.toContain(one.actors.runner.pubkey);
  });

  test('T200 and says it again when it was revoked: nothing changes', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.trust('runner', 'r1', 'revoked');
    await goodbye(one);
    expect(trusts(one)).toEqual(['r1 revoked']);
    expect(one.home.tables.list('goodbyes')).toEqual([]);
  });
});

test('who leaves leaves, in whichever order its words came', () => {
  const facts = { version: '0', platform: 'x', labels: {}, engines: [], sandbox: [], capacity: 1 };
  for (const tables of bothWays('host', ({ say }) => {
    say({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state: 'trusted' } });
    for (const more of [{ leaving: true as const }, {}])
      say({ type: 'runner.hello', from: 'runner', to: 'host', body: { name: 'r1', ...facts, ...more } });
  }))
    expect(isLeaving(tables, key('runner'))).toBe(true);
});

test('who left has left, in whichever order it came to be known', () => {
  for (const tables of bothWays('host', ({ say }) => {
    say({ type: 'runner.trust', from: 'host', to: 'runner', body: { runner: 'r1', state: 'trusted' } });
    say({ type: 'runner.goodbye', from: 'runner', to: 'host', body: {} });
  }))
    expect(tables.list('trust').map(({ state }) => state)).toEqual(['left']);
});
