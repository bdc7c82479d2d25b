/** A process measured for real: what it holds, what it did, how late it was. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { measuring } from './measures.ts';

const root = mkdtempSync(join(tmpdir(), 'measures-'));
afterAll(() => rmSync(root, { recursive: true }));

test('is of this process and of the files that are there', async () => {
  writeFileSync(join(root, '000001.ndjson'), 'x'.repeat(1_000));
  writeFileSync(join(root, '000002.ndjson'), 'y'.repeat(234));
  const { measure, close } = measuring(root, { folded: 7, saved: 3 });
  const first = await measure();
  expect(first).toMatchObject({ ledgerBytes: 1_234, folded: 7, saved: 3 });
  expect(first.residentBytes).toBeGreaterThan(10_000_000);
  expect(Math.abs(first.startedAt - (Date.now() / 1000 - process.uptime()))).toBeLessThan(60);
  // As long as it takes to have done so much: the machine may be busy with others
  const spent = (): number => process.cpuUsage().user + process.cpuUsage().system;
  // Again and again: the first delay is measured from the first tick on
  const isLate = async (): Promise<boolean> => {
    const before = spent();
    while (spent() - before < 150_000);
    await new Promise((resolve) => setImmediate(resolve));
    return (await measure()).loopDelay.most >= 0.1;
  };
  while (!(await isLate()));
  const second = await measure();
  expect(second.cpuSeconds - first.cpuSeconds).toBeGreaterThanOrEqual(0.15);
  expect(second.loopDelay.high).toBeGreaterThanOrEqual(second.loopDelay.median);
  close();
});

test('of a directory that is not there is nothing', async () => {
  const { measure, close } = measuring(join(root, 'absent'), { folded: 0, saved: 0 });
  expect((await measure()).ledgerBytes).toBe(0);
  close();
});
