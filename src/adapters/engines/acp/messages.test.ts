/** The stream of messages under a connection. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { messagesOf } from './messages.ts';

test('what a process says and that it ends are nothing to a connection that hears no more', async () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const troubles: string[] = [];
  const heard = { heard() {}, update() {}, trouble: (words: string) => void troubles.push(words) };
  const { readable } = messagesOf({ stdin, stdout } as Partial<ChildProcess> as ChildProcess, heard);
  await readable.cancel();
  const closed = once(stdout, 'close');
  stdout.end('no message\n');
  await closed;
  expect(troubles).toEqual([]);
});
