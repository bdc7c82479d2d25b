/** A stream of the Host: what was and what comes, each once, as long as its operator may and its reader is there. */

import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { askedRequest } from '../../../test/support/asked-request.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_STREAMS } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { pathOf } from '../../core/host-api/route.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import type { ApiEvent } from '../../ports/index.ts';
import { hostApi } from './api.ts';
import { addOperator, revokeOperator } from './operators.ts';
import { listTrace } from './trace.ts';

const SESSION = uuidOf(0xe1);
const MINUTE = 60_000;
type Asked = { token?: string; cursor?: string; lastEventId?: string | null; session?: string };

const served = async () => {
  const one = await startSingleHost();
  await one.place();
  const handle = hostApi(one.host);
  let step = 0;
  const see = () => {
    const state = step === 0 ? 'accepted' : 'active';
    return one.observe({ session: SESSION, step: ++step, state });
  };
  const ask = ({ token = one.token, lastEventId = null, ...query }: Asked = {}) =>
    handle(
      askedRequest({
        ...{ method: 'GET', path: pathOf('trace.follow', {}, {}), query, lastEventId },
        credential: { kind: 'bearer', token },
      }),
    );
  /** Reads on its own until it ends; `got` is what came, null where it only said that it lives. */
  const open = async (asked: Asked = {}) => {
    const answer = await ask(asked);
    if (!('events' in answer)) throw new Error(`status ${answer.status}`);
    const leave = new AbortController();
    const got: (ApiEvent | null)[] = [];
    const reading = (async (): Promise<unknown> => {
      try {
        for await (const event of answer.events(leave.signal)) got.push(event);
        return 'the end';
      } catch (error) {
        return error;
      }
    })();
    const cursors = () => got.flatMap((event) => (event ? [event.cursor] : []));
    const end = () => one.time.finish('the end of a stream', reading, MINUTE);
    return { got, leave, end, cursors };
  };
  const all = async () => (await listTrace(one.home, {})).items.map(({ cursor }) => cursor);
  const add = async (name: string, expiresAt: number | null = null) => {
    const token = newToken(one.random);
    const sha256 = tokenDigest(one.suite, token);
    await addOperator(one.host, { name, role: 'viewer', sha256, expiresAt }, 'bootstrap');
    return token;
  };
  return { ...one, see, ask, open, all, add };
};
const revoked = { code: 'not_authorized', message: 'no valid operator token any more' };

test('gives what was, then what comes within a moment, in order', async () => {
  const one = await served();
  await one.see();
  const stream = await one.open();
  await one.time.pass(200);
  expect(stream.got.map((event) => event?.cursor ?? null)).toEqual([null, ...(await one.all())]);
  await one.see();
  await one.see();
  await one.time.pass(200);
  expect(stream.cursors()).toEqual(await one.all());
  expect(stream.got.at(-1)?.data).toEqual((await listTrace(one.home, {})).items.at(-1));
});

test('goes on behind the cursor, and behind Last-Event-ID before that', async () => {
  const one = await served();
  for (let i = 0; i < 3; i++) await one.see();
  const [first, second, third] = await one.all();
  const behind = async (asked: Asked) => {
    const stream = await one.open(asked);
    await one.time.pass(200);
    return stream.cursors();
  };
  expect(await behind({ cursor: first! })).toEqual([second, third]);
  expect(await behind({ cursor: first!, lastEventId: second! })).toEqual([third]);
});

test.each(['x', '-1', '01', '1e3', '1'.repeat(16), '0x1'])(
  'a Last-Event-ID %j that is no cursor is refused',
  async (lastEventId) => {
    const one = await served();
    await expect(one.ask({ lastEventId })).rejects.toMatchObject({
      code: 'usage',
      message: `invalid cursor: "${lastEventId}"`,
    });
  },
);

test('a cursor that the ledger has not come to, and a session that nobody told of, are refused at once', async () => {
  const one = await served();
  await expect(one.ask({ lastEventId: '999999' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(one.ask({ session: SESSION })).rejects.toMatchObject({ code: 'not_found' });
});

test('of one session gives that one, over whole pages of others under its tag', async () => {
  const one = await served();
  await one.see();
  for (let step = 1; step <= 101; step++)
    await one.observe({ state: 'accepted', session: uuidOf(0xe2), step });
  await one.see();
  const stream = await one.open({ session: SESSION });
  await one.time.pass(500);
  const lines = one.heard('session.observed').flatMap(({ body }, i) => (body.session === SESSION ? [i] : []));
  expect(lines).toEqual([0, 102]);
  const sessions = stream.got.flatMap((event) =>
    event ? [(event.data as { session: string }).session] : [],
  );
  expect(sessions).toEqual([SESSION, SESSION]);
});

test('says every 15 seconds that it lives, and looks at nothing meanwhile', async () => {
  const one = await served();
  const stream = await one.open();
  await one.time.pass(100);
  const list = one.home.tables.list.bind(one.home.tables);
  let looks = 0;
  one.home.tables.list = ((...args: Parameters<typeof list>) => {
    if (args[0] === 'messages' && JSON.stringify(args[1]).includes('session.observed')) looks++;
    return list(...args);
  }) as typeof list;
  // That it is heard no more would be a change
  await one.time.pass(MINUTE / 2);
  await one.heartbeat('runner');
  await one.time.pass(MINUTE / 2);
  expect(stream.got.length).toBe(5);
  expect(looks).toBeLessThan(10);
});

test('however much comes, looks no more than ten times a second', async () => {
  const one = await served();
  const stream = await one.open();
  await one.time.pass(200);
  const list = one.home.tables.list.bind(one.home.tables);
  let looks = 0;
  one.home.tables.list = ((...args: Parameters<typeof list>) => {
    if (args[0] === 'messages' && JSON.stringify(args[1]).includes('turn.observed')) looks++;
    return list(...args);
  }) as typeof list;
  for (let i = 0; i < 100; i++) {
    one.host.news.tell();
    await one.time.pass(10);
  }
  expect(looks).toBeLessThanOrEqual(11);
  stream.leave.abort();
});

test('ends when its operator is revoked, at once and with nothing more', async () => {
  const one = await served();
  const token = await one.add('ci');
  const stream = await one.open({ token });
  const other = await one.open();
  await one.time.pass(200);
  await revokeOperator(one.host, 'ci', 'bootstrap');
  await one.time.pass(0);
  expect(await stream.end()).toMatchObject(revoked);
  await one.see();
  await one.time.pass(200);
  expect(stream.cursors()).toEqual([]);
  expect(other.cursors()).toEqual(await one.all());
});

test('gives nothing of what its operator has not read when they are revoked', async () => {
  const one = await served();
  const token = await one.add('ci');
  for (let i = 0; i < 3; i++) await one.see();
  const answer = await one.ask({ token });
  if (!('events' in answer)) throw new Error('no stream');
  const stream = answer.events(new AbortController().signal)[Symbol.asyncIterator]();
  await stream.next();
  expect((await stream.next()).value).toMatchObject({ cursor: (await one.all())[0] });
  await revokeOperator(one.host, 'ci', 'bootstrap');
  await expect(stream.next()).rejects.toMatchObject(revoked);
});

test('ends when the token of its operator expires', async () => {
  const one = await served();
  const token = await one.add('brief', Math.floor(one.time.clock.now() / 1000) + 20);
  const stream = await one.open({ token });
  await one.time.pass(16_000);
  expect(stream.got).toEqual([null, null]);
  expect(await stream.end()).toMatchObject(revoked);
  expect(stream.got.length).toBe(2);
});

test('ends when it is called off, with the word that the Host stops', async () => {
  const one = await served();
  const stream = await one.open();
  await one.time.pass(0);
  stream.leave.abort();
  expect(await stream.end()).toMatchObject({ code: 'unavailable', message: 'the Host stops' });
});

test('so many may be open, of one operator and in all; one that ended leaves its place', async () => {
  const one = await served();
  const { all, ofOperator } = MAX_STREAMS;
  const mine = await Promise.all(Array.from({ length: ofOperator }, () => one.open()));
  await one.time.pass(0);
  const tooMany = await (await one.open()).end();
  expect(tooMany).toMatchObject({
    code: 'unavailable',
    message: `${ofOperator} streams of "bootstrap" are open already`,
  });
  expect(tooMany).toBeInstanceOf(EntangleError);
  for (let n = 1; n < all / ofOperator; n++) {
    const token = await one.add(`op${n}`);
    for (let i = 0; i < ofOperator; i++) await one.open({ token });
  }
  await one.time.pass(0);
  const token = await one.add('late');
  expect(await (await one.open({ token })).end()).toMatchObject({
    message: `${all} streams are open already`,
  });
  mine[0]!.leave.abort();
  await mine[0]!.end();
  const next = await one.open({ token });
  await one.time.pass(100);
  expect(next.got).toEqual([null]);
});
