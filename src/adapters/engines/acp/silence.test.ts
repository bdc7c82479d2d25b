import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Silence } from './silence.ts';

let told: string[];
let silence: Silence;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  silence = new Silence((words) => void told.push(words));
  silence.allow(1000, 'silent');
});
afterEach(() => void vi.useRealTimers());

test('so long without a word is told', () => {
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['silent: 1 s']);
});
test('each word begins it again, and so does another patience', () => {
  vi.advanceTimersByTime(900);
  silence.heard();
  vi.advanceTimersByTime(900);
  silence.allow(500, 'still silent');
  vi.advanceTimersByTime(499);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['still silent: 0.5 s']);
});
test('whoever waits for us is not silent, until the last answer is there', async () => {
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const waiting = [silence.during(one.promise), silence.during(two.promise)];
  silence.heard();
  vi.advanceTimersByTime(5000);
  one.resolve();
  await waiting[0];
  silence.allow(1000, 'silent');
  vi.advanceTimersByTime(5000);
  expect(told).toEqual([]);
  two.reject(new Error('no'));
  await expect(waiting[1]).rejects.toThrow('no');
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(['silent: 1 s']);
});
test('what has ended is heard no more, whatever is answered after it', async () => {
  const answer = Promise.withResolvers<void>();
  const waiting = silence.during(answer.promise);
  silence.end();
  answer.resolve();
  await waiting;
  silence.heard();
  expect(vi.getTimerCount()).toBe(0);
});
