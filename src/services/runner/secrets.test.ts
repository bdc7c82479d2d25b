/** Secrets of a turn: asked for when it begins, held in memory, and what becomes of the session where there is none. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  ASSIGNMENT,
  FREE_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startFreeRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { conversationKey, encrypt } from '../../core/crypto/nip44.ts';
import { fromHex, fromUtf8, toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { dump } from '../../core/projection/dump.ts';
import { ROWS } from '../../core/projection/rows.ts';
import type { SecretDenial } from '../../core/vocabulary.ts';

const S = uuidOf(0xe1);
const VALUE = 'sk-4711\n';
const GRAPH = FREE_GRAPH.replace('auth: none', 'auth: "secret:model"');
const TWO = GRAPH.replace('workspace:', 'secrets: [registry]\n    workspace:');

const start = async (setup: RunnerSetup = {}) => {
  const seen: string[] = [];
  const one = await startFreeRunner({
    graph: GRAPH,
    script: ({ secrets, write }) => {
      seen.push(...secrets.map(({ name, bytes }) => `${name}=${fromUtf8(bytes)}`));
      write('done.txt', 'done');
    },
    ...setup,
  });
  return { one, seen };
};
const asked = (one: SingleRunner) => one.said('secret.request');
const wait = async (one: SingleRunner, count = 1) => {
  await one.time.until(`request ${count}`, () => asked(one).length === count, 30_000);
  return asked(one).slice(-1)[0]!;
};
type Request = Awaited<ReturnType<typeof wait>>;
const about = ({ body: { assignment, fence, name }, event }: Request) => ({
  re: event.id,
  of: { assignment, fence, name },
});
const grant = (one: SingleRunner, request: Request, value = VALUE) => {
  const { suite } = one.home;
  const own = suite.sha256(utf8(`host ${request.event.id}`));
  const pair = conversationKey(suite, own, fromHex(request.body.key), new Uint8Array(32).fill(1));
  const box = encrypt(suite, pair, toBase64(utf8(value)), new Uint8Array(32).fill(2));
  const { re, of } = about(request);
  const body = { ...of, version: '5a'.repeat(16), key: toHex(suite.publicKey(own)), box };
  return one.hear({ type: 'secret.grant', from: 'host', to: 'runner', re, body });
};
const deny = (one: SingleRunner, request: Request, reason: SecretDenial) => {
  const { re, of } = about(request);
  return one.hear({ type: 'secret.deny', from: 'host', to: 'runner', re, body: { ...of, reason } });
};
const summaryOf = (one: SingleRunner) =>
  one.said('task.result').map(({ body }) => [body.reason, body.summary]);

describe('a turn', () => {
  test('waits for its secret, asked of the Host under its assignment, and gets it', async () => {
    const { one, seen } = await start();
    await one.request(S);
    const request = await wait(one);
    expect(request.body).toMatchObject({ assignment: ASSIGNMENT, fence: 1, name: 'model' });
    await one.time.pass(5000);
    expect(one.runs).toEqual([]);
    await grant(one, request);
    await one.reach(S, 'completed');
    expect(seen).toEqual([`model=${VALUE}`]);
    // By its name, and by nothing else
    const told = one.said('turn.observed').map(({ body }) => body);
    expect(told).toMatchObject([{ secrets: ['model'] }]);
    expect(JSON.stringify(told)).not.toContain(VALUE.trim());
    await one.close();
  });

  test('leaves nothing in ledger or read models from which the value can be had', async () => {
    const { one } = await start();
    const { random } = one.home;
    const made: Uint8Array[] = [];
    const bytes = (n: number) => {
      made.push(random.bytes(n));
      return made.at(-1)!;
    };
    one.home.random = { ...random, bytes };
    await one.request(S);
    await grant(one, await wait(one));
    await one.reach(S, 'completed');
    expect(made.some((some) => some.length === 32 && some.every((byte) => byte === 0))).toBe(true);
    const kept = JSON.stringify([one.home.disk.lines, dump(one.home.tables, ROWS)]);
    for (const hidden of [VALUE.trim(), toBase64(utf8(VALUE)), toHex(utf8(VALUE))])
      expect(kept).not.toContain(hidden);
    await one.close();
  });

  test('gets all that its node names, each for a key of its own', async () => {
    const { one, seen } = await start({ graph: TWO });
    await one.request(S);
    await wait(one, 2);
    const requests = asked(one);
    expect(new Set(requests.map(({ body }) => body.key)).size).toBe(2);
    await grant(one, requests[1]!, 'second');
    await one.time.pass(2000);
    expect(one.runs).toEqual([]);
    await grant(one, requests[0]!, 'first');
    await one.reach(S, 'completed');
    expect(seen).toEqual(['model=first', 'registry=second']);
    await one.close();
  });

  test('takes no place while it waits', async () => {
    const { one } = await start({ capacity: 1 });
    await one.request(S);
    await wait(one);
    await one.time.pass(500);
    expect(one.runner.turns.hasRoom()).toBe(true);
    await one.close();
  });

  test('hands nothing of it on in a directive', async () => {
    const script = ({ delegate }: EngineTurn) => delegate('helper', `log in with ${VALUE.trim()}`);
    const { one } = await start({ script });
    await one.request(S);
    await grant(one, await wait(one));
    await one.time.until('the task of another', () => one.said('task.request').length === 1, 30_000);
    expect(one.said('task.request')[0]!.body.task).toBe('log in with [secret model]');
    await one.close();
  });

  test('asks for nothing where its node names nothing', async () => {
    const { one } = await start({ graph: FREE_GRAPH });
    await one.request(S);
    await one.reach(S, 'completed');
    expect(asked(one)).toEqual([]);
    await one.close();
  });
});

describe('without its secret', () => {
  test.each<[SecretDenial, RegExp]>([
    ['secret_missing', /no secret "model"; ask an operator.*secret set model/],
    ['secret_not_named', /does not give secret "model"/],
    ['bad_key', /could not seal/],
  ])('of which the Host says %s, a session fails at once and says why', async (reason, words) => {
    const { one } = await start();
    await one.request(S);
    await deny(one, await wait(one), reason);
    await one.reach(S, 'failed');
    expect(summaryOf(one)).toEqual([['secret_unavailable', expect.stringMatching(words)]]);
    expect(one.runs).toEqual([]);
    await one.close();
  });

  test('and without an answer the Host is asked again, with another key, and an answer to the first does nothing', async () => {
    const { one, seen } = await start();
    await one.request(S);
    const first = await wait(one);
    const second = await wait(one, 2);
    expect(second.body.key).not.toBe(first.body.key);
    await grant(one, first, 'late');
    await one.time.pass(2000);
    expect(seen).toEqual([]);
    await grant(one, second);
    await one.reach(S, 'completed');
    expect(seen).toEqual([`model=${VALUE}`]);
    // By its name, and by nothing else
    const told = one.said('turn.observed').map(({ body }) => body);
    expect(told).toMatchObject([{ secrets: ['model'] }]);
    expect(JSON.stringify(told)).not.toContain(VALUE.trim());
    await one.close();
  });

  test('because of a lease, it is asked for again', async () => {
    const { one, seen } = await start();
    await one.request(S);
    await deny(one, await wait(one), 'lease_over');
    await grant(one, await wait(one, 2));
    await one.reach(S, 'completed');
    expect(seen).toEqual([`model=${VALUE}`]);
    // By its name, and by nothing else
    const told = one.said('turn.observed').map(({ body }) => body);
    expect(told).toMatchObject([{ secrets: ['model'] }]);
    expect(JSON.stringify(told)).not.toContain(VALUE.trim());
    await one.close();
  });

  test('for a quarter of an hour, the session fails', async () => {
    const { one } = await start();
    await one.request(S);
    await wait(one);
    const since = one.time.elapsed();
    while (one.session(S)?.state === 'active' && one.time.elapsed() - since < 20 * 60_000) {
      await one.time.pass(20_000);
      await one.lease();
    }
    expect(one.time.elapsed() - since).toBeGreaterThan(14 * 60_000);
    expect(summaryOf(one)).toEqual([['secret_unavailable', expect.stringContaining('has not answered')]]);
    await one.close();
  });

  test('since its runner has a bug, for a quarter of an hour, the session fails', async () => {
    const { one } = await start();
    one.runner.turns.waiting = async () => {
      throw new Error('EIO');
    };
    await one.request(S);
    for (let minute = 0; minute < 20 && one.session(S)?.open !== 0; minute += 1) {
      await one.time.pass(60_000);
      await one.lease();
    }
    expect(summaryOf(one)).toEqual([['secret_unavailable', 'its runner cannot do it: its log says why']]);
    await one.close();
  });

  test('that was sealed for another, the session fails', async () => {
    const { one } = await start();
    await one.request(S);
    const request = await wait(one);
    const other = { ...request, body: { ...request.body, key: one.actors.user.pubkey } };
    await grant(one, other);
    await one.reach(S, 'failed');
    expect(summaryOf(one)).toEqual([['secret_unavailable', expect.stringContaining('does not open')]]);
    await one.close();
  });

  test('a session that is cancelled meanwhile ends as that', async () => {
    const { one } = await start();
    await one.request(S);
    await wait(one);
    const body = { session: S, reason: 'not now' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', re: one.session(S)!.request!, body });
    await one.reach(S, 'cancelled');
    expect(one.runs).toEqual([]);
    expect(one.logged.filter((text) => text.includes('secret'))).toEqual([]);
    await one.close();
  });
});
