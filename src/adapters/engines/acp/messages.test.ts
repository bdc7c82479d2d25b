/** The stream of messages under a connection. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { MAX_ACP } from '../../../core/bounds.ts';
import { messagesOf } from './messages.ts';

const hearing = () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const troubles: string[] = [];
  const heard = { heard() {}, update() {}, trouble: (words: string) => void troubles.push(words) };
  const stream = messagesOf({ from: stdout, to: stdin }, heard);
  return { stdout, troubles, ...stream };
};

test('what a process says and that it ends are nothing to a connection that hears no more', async () => {
  const { readable, stdout, troubles } = hearing();
  await readable.cancel();
  const closed = once(stdout, 'close');
  stdout.end('no message\n');
  await closed;
  expect(troubles).toEqual([]);
});

test('what a process says in all is bounded in its values, however few a line has', async () => {
  const { stdout, troubles } = hearing();
  const values = MAX_ACP.members - 10;
  const line = `{"jsonrpc":"2.0","method":"x","params":[${'0,'.repeat(values)}0]}\n`;
  const most = Math.floor(MAX_ACP.allMembers / MAX_ACP.members);
  const closed = once(stdout, 'close');
  for (let n = 0; n < most; n++) stdout.write(line);
  stdout.write(line);
  stdout.end();
  await closed;
  expect(troubles).toEqual([`the agent sent more than ${MAX_ACP.allMembers} values`]);
});

test('an id is free again once it was answered', async () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const troubles: string[] = [];
  const heard = { heard() {}, update() {}, trouble: (words: string) => void troubles.push(words) };
  const stream = messagesOf({ from: stdout, to: stdin }, heard);
  const [reader, writer] = [stream.readable.getReader(), stream.writable.getWriter()];
  for (let n = 0; n < 2; n++) {
    stdout.write('{"jsonrpc":"2.0","id":1,"method":"fs/read_text_file"}\n');
    expect((await reader.read()).value).toMatchObject({ id: 1 });
    await writer.write({ jsonrpc: '2.0', id: 1, result: {} });
  }
  expect(troubles).toEqual([]);
});
