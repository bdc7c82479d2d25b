/** Watching a Host: what it is told, what it reads then, and that a Host that is gone is never taken for one that is there. */
import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { EntangleError } from '../../core/errors.ts';
import type { HostStream } from '../../core/host-api/client.ts';
import { type HostNews, watchHost } from './watch.ts';

const gone = () => new EntangleError('unavailable', 'the Host stopped answering');

/** Streams that say what a test says, over the lists of a real Host. */
const watched = async () => {
  const one = await startSingleHost();
  await one.place();
  const news: HostNews[] = [];
  const opened: string[] = [];
  const queue: (string | Error)[] = [];
  let wake = () => {};
  const say = async (...events: (string | Error)[]) => {
    queue.push(...events);
    wake();
    await one.time.pass(1_000);
  };
  let isDown = false;
  const stream: HostStream = async function* ({ path, signal }) {
    opened.push(path);
    if (isDown) throw gone();
    yield null;
    if (path.includes('trace') || path.includes('audit')) {
      await one.time.clock.sleep(2 ** 30, signal);
      return;
    }
    yield { cursor: '1111111111111111', data: { at: 'at first' } };
    while (!signal.aborted) {
      const event = queue.shift();
      if (event instanceof Error) throw event;
      if (event !== undefined) yield { cursor: event, data: { at: 'later' } };
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
    }
  };
  const client: typeof one.client = (request) => (isDown ? Promise.reject(gone()) : one.client(request));
  const leave = new AbortController();
  const at = { clock: one.time.clock, client, stream };
  const watching = watchHost(at, leave.signal, (told) => news.push(told)).catch((error: unknown) => error);
  await one.time.pass(1_000);
  const said = () => news.map((told) => ('of' in told ? `${told.what} ${told.of}` : told.what));
  const setDown = (down: boolean) => {
    isDown = down;
  };
  return { ...one, news, said, say, setDown, leave, watching, opened };
};

test('reads all lists once it is there, and again at each change', async () => {
  const one = await watched();
  expect(one.said().filter((word) => word === 'read')).toHaveLength(1);
  const [{ overview }] = one.news.filter((told) => told.what === 'read') as [
    Extract<HostNews, { what: 'read' }>,
  ];
  expect(overview.assignments).toMatchObject([{ node: 'builder', state: 'accepted' }]);
  expect(overview.runners).toMatchObject([{ name: 'r1', trust: 'trusted' }]);
  await one.say('2222222222222222');
  expect(one.said().filter((word) => word === 'read')).toHaveLength(2);
  one.leave.abort();
  expect(await one.watching).toBeUndefined();
});

test('reads once what changed while it read', async () => {
  const one = await watched();
  await one.say(...Array.from({ length: 20 }, (_, n) => `${n}`.padStart(16, '2')));
  const reads = one.said().filter((word) => word === 'read').length;
  expect(reads).toBeGreaterThan(1);
  // One for each without that
  expect(reads).toBeLessThan(15);
  one.leave.abort();
  expect(await one.watching).toBeUndefined();
});

test('says once that it is gone, also where the lists cannot be read, and reads anew when it is back', async () => {
  const one = await watched();
  one.setDown(true);
  await one.say('2222222222222222');
  await one.time.pass(20_000);
  expect(one.said().filter((word) => word === 'lost changes')).toHaveLength(1);
  expect(one.said().at(-1)).toBe('lost changes');
  one.setDown(false);
  await one.time.pass(6_000);
  expect(one.said().slice(-3)).toEqual(['alive changes', 'alive changes', 'read']);
  one.leave.abort();
  await one.watching;
});

test('ends with what does not pass, and calls the other stream off', async () => {
  const one = await watched();
  await one.say(new EntangleError('not_authorized', 'no valid operator token any more'));
  expect(await one.watching).toMatchObject({ code: 'not_authorized' });
});
