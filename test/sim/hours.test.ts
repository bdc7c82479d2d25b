/** Hours of a federation with outages: whatever is asked ends, and an hour costs what the hour before did. */
import { beforeAll, describe, expect, test } from 'vitest';
import { times } from '../support/counts.ts';
import type { Federation } from './federation.ts';
import { type Hour, liveAnHour, startDay, TASKS_AN_HOUR } from './hours.ts';
import { faultsOf } from './invariants.ts';

const HOURS = times(2, 100);
const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe(`${HOURS} hours with outages of relays, Host, runners, remote and people`, () => {
  const hours: Hour[] = [];
  let fed: Federation;
  beforeAll(async () => {
    fed = await startDay('hours');
  });

  test.for(Array.from({ length: HOURS }, (_, hour) => hour))(
    'in hour %i all that is asked ends',
    async (hour) => {
      const lived = await liveAnHour(fed, hour);
      hours.push(lived);
      const { ends, held, sleepers, outgoing } = lived;
      expect(Object.keys(ends).filter((end) => !/^(completed|failed)/.test(end))).toEqual([]);
      expect(total(ends)).toBeGreaterThan(TASKS_AN_HOUR - 4);
      expect(held).toBe(0);
      expect(sleepers).toBeLessThan(60);
      expect(outgoing).toBeLessThan(10);
    },
  );

  test('the last hour cost what the first did, and nothing is wrong', () => {
    expect(hours).toHaveLength(HOURS);
    const [first, last] = [hours[0]!, hours.at(-1)!];
    expect(last.published).toBeLessThan(1.3 * first.published);
    for (const [name, lines] of Object.entries(last.lines))
      expect(lines).toBeLessThan(1.3 * first.lines[name]!);
    expect(faultsOf(fed)).toEqual([]);
  });
});
