import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { answerDirectives } from './exec-directives.ts';

test('an engine that asks without reading the answers is not listened to: the runner keeps no pile of them', async () => {
  const child = spawn('/bin/sh', ['-c', 'yes x >&3'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  }) as unknown as ChildProcess;
  let asked = 0;
  answerDirectives(child, async () => {
    asked += 1;
    return 'no'.repeat(500);
  });
  const requests = child.stdio[3] as NodeJS.ReadableStream;
  await once(requests, 'pause');
  const { writableLength } = child.stdio[4] as unknown as { writableLength: number };
  expect(requests.isPaused()).toBe(true);
  expect(asked).toBeGreaterThan(0);
  // One read of a pipe is 64 KiB, 32 k requests of two bytes, each refused in about a hundred
  expect(writableLength).toBeLessThan(16 * 1_048_576);
  child.kill('SIGKILL');
  await once(child, 'exit');
});
