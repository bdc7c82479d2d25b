/** Ten minutes of ten thousand rows a minute through the real model and the real renderer, by a clock that is told: memory, work, and what a key takes. */

import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../../scripts/bench/measure.ts';
import type { Message } from '../../src/core/protocol/message.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { atOnce } from '../../src/core/steps.ts';
import { liveView, sessionById } from '../../src/services/user/live.ts';
import { sessionTree } from '../../src/services/user/tree.ts';
import { showScreen } from '../../src/tui/app.ts';
import type { ScreenSource } from '../../src/tui/store.ts';
import { startSingleSession } from '../sim/single-session.ts';
import { SESSION } from '../sim/single-user.ts';

const MINUTES = 10;
const FULL_MINUTES = 2;
/** As often as a node tells, and so many rows each time: ten thousand a minute. */
const TOLD_MS = 250;
const ROWS = 42;
/** No frame waits for the one before: each of what is told is drawn. */
const BETWEEN_MS = 52;
const KEY_EVERY = 20;
const SIZE = { columns: 140, rows: 40 };

/** What Ink needs of a terminal; `seen` resolves when it was written. */
const terminal = () => {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref() {},
    unref() {},
  });
  const waiting = new Set<{ words: string; done: () => void }>();
  const stdout = Object.assign(new PassThrough(), { isTTY: true, ...SIZE });
  stdout.on('data', (bytes: Buffer) => {
    const text = bytes.toString().replace(/\u001b\[[0-9;]*m/g, '');
    for (const one of waiting)
      if (text.includes(one.words)) {
        waiting.delete(one);
        one.done();
      }
  });
  const seen = (words: string): Promise<void> =>
    new Promise((resolve) => {
      const one = { words, done: resolve };
      waiting.add(one);
    });
  return {
    stdin: stdin as object as NodeJS.ReadStream,
    stdout: stdout as object as NodeJS.WriteStream,
    type: (key: string) => void stdin.write(key),
    seen,
  };
};

const never = async (): Promise<never> => {
  throw new Error('nothing is decided here');
};

const begin = async () => {
  const { alice, update } = await startSingleSession();
  await update('accepted');
  await update('active');
  const { user, home } = alice;
  let news: () => void = () => undefined;
  const source: ScreenSource = {
    ...{ now: () => home.clock.now(), notes: [], bound: {}, live: () => liveView(user) },
    session: (id) => sessionById(user, id),
    tree: (id) => sessionTree(user, id),
    subscribe: async (signal, tell) => {
      news = tell;
      tell();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
    ...{
      load: never,
      approve: never,
      question: never,
      reply: never,
      revoke: never,
      ask: never,
      cancel: never,
    },
    ...{ answer: never, page: never, edit: never },
    slices: async (steps) => atOnce(steps),
    words: (error) => ({ why: String(error), hint: null }),
  };
  let at = 0;
  const print = (): void => {
    const text = Array.from(
      { length: ROWS },
      (_, n) => `${at + n}: ✓ row ${n} of the engine, as it comes\n`,
    ).join('');
    const place = { session: SESSION, attempt: 1, turn: 1, run: 'ab'.repeat(8), at, bytes: text.length };
    at += text.length;
    const told = {
      from: alice.actors.node.pubkey,
      body: { ...place, text },
      createdAt: home.clock.now() / 1000,
    };
    user.traces.note(told as Message<BodyOf<'turn.trace'>>, home.clock.now());
    news();
  };
  return { source, print, pass: alice.time.pass };
};

const megabytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
};

const run = async () => {
  const { source, print, pass } = await begin();
  const screen = terminal();
  const over = new AbortController();
  const { stdin, stdout } = screen;
  const isThere = screen.seen('1 Inbox');
  const alerts = { alert: 'none', isQuiet: () => false } as const;
  const shown = showScreen({
    source,
    signal: over.signal,
    theme: 'default',
    alerts,
    stdout,
    stdin,
    onSaid() {},
  });
  await isThere;
  // Keys right after a screen came are not for it
  await pass(1_000);
  const [keys, panes]: [number[], ['1' | '3', string][]] = [
    [],
    [
      ['1', '╔═ 1 Inbox'],
      ['3', '╔═ 3 Trace'],
    ],
  ];
  let memory = 0;
  let work = process.cpuUsage();
  const told = (MINUTES * 60_000) / TOLD_MS;
  for (let n = 0; n < told; n++) {
    if (n === (FULL_MINUTES * 60_000) / TOLD_MS) [memory, work] = [megabytes(), process.cpuUsage()];
    print();
    await pass(TOLD_MS);
    await delay(BETWEEN_MS);
    if (n % KEY_EVERY !== 0) continue;
    const [key, words] = panes[(n / KEY_EVERY + 1) % 2]!;
    const start = performance.now();
    const isSeen = screen.seen(words);
    screen.type(key);
    await isSeen;
    keys.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(work);
  const seconds = (MINUTES - FULL_MINUTES) * 60;
  const end = megabytes();
  over.abort();
  await shown;
  return {
    /** Of one core, in percent. */
    share: (user + system) / 1e4 / seconds,
    key: median(keys),
    memory: { early: memory, late: end },
  };
};

process.stdout.write(`${JSON.stringify(await run())}\n`);
process.exit(0);
