import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { answerDirectives } from './directives.ts';

/** What an engine with this script prints, when its requests are answered so. */
const printed = async (script: string, answer: (line: string) => Promise<string>): Promise<string[]> => {
  const child = spawn('/bin/bash', ['-c', `trap '' PIPE; ${script}`], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe', 'pipe'],
  }) as ChildProcess;
  answerDirectives(child, answer);
  const output = await text(child.stdout!);
  return output.trimEnd().split('\n');
};
const codeOf = (line: string | undefined): unknown => JSON.parse(line ?? '{}').error?.code;

describe('requests of an engine', () => {
  test('each line is answered by a line, empty ones by none, what fails with its words', async () => {
    const answer = async (line: string) => {
      if (line === 'bad') throw new Error('no such thing');
      return `<${line}>`;
    };
    const lines = await printed("printf 'a\\n\\n  \\nbad\\nb\\n' >&3; head -n 3 <&4", answer);
    expect(lines.sort()).toEqual([
      '<a>',
      '<b>',
      JSON.stringify({ ok: false, error: { code: 'failed', message: 'no such thing' } }),
    ]);
  });

  test('sixty-four are under way at once, one more is refused and hurts none of them', async () => {
    const waiting: (() => void)[] = [];
    let asked = 0;
    const answer = (line: string) =>
      new Promise<string>((resolve) => {
        waiting.push(() => resolve(`<${line}>`));
        asked += 1;
        // By then the refusal of the sixty-fifth is on its way: it stands in the same read.
        if (asked === 64) setImmediate(() => waiting.map((release) => release()));
      });
    const lines = await printed('seq 65 >&3; head -n 65 <&4', answer);
    expect(asked).toBe(64);
    expect(codeOf(lines[0])).toBe('too_many');
    expect(lines.slice(1)).toEqual(Array.from({ length: 64 }, (_, i) => `<${i + 1}>`));
  });

  test('when they are answered, others may come', async () => {
    const lines = await printed(
      'seq 64 >&3; head -n 64 <&4; seq 65 70 >&3; head -n 6 <&4',
      async (line) => line,
    );
    expect(lines).toEqual(Array.from({ length: 70 }, (_, i) => String(i + 1)));
  });

  test.each([
    ['without an end', "head -c 16385 /dev/zero | tr '\\0' x"],
    // One write: the newline comes in the same read
    ['whole', `cat <<< "$(head -c 16385 /dev/zero | tr '\\0' x)"`],
  ])('a line of 16,385 bytes, %s, ends the conversation', async (_what, line) => {
    const asked: string[] = [];
    const script = `${line} >&3; read -r -t 60 words <&4; echo "$words"; for i in {1..1000}; do echo more >&3 || { echo closed; break; }; done`;
    const lines = await printed(script, async (one) => {
      asked.push(one);
      return 'answered';
    });
    expect([codeOf(lines[0]), lines.at(-1)]).toEqual(['too_large', 'closed']);
    expect(asked).toEqual([]);
  });

  test('a line of 16,384 bytes is answered', async () => {
    const script = "(head -c 16384 /dev/zero | tr '\\0' x; echo) >&3; head -n 1 <&4";
    expect(await printed(script, async (line) => String(line.length))).toEqual(['16384']);
  });

  test('an engine that reads after all is listened to again, and nothing of it is lost', async () => {
    const script = '(yes request | head -n 50000 >&3) & head -n 50000 <&4 | grep -c .';
    expect(await printed(script, async () => 'y'.repeat(200))).toEqual(['50000']);
  });
});

test('an engine that asks without reading the answers is not listened to: the runner keeps no pile of them', async () => {
  const child = spawn('/bin/sh', ['-c', 'yes x >&3'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  }) as ChildProcess;
  let asked = 0;
  answerDirectives(child, async () => {
    asked += 1;
    return 'no'.repeat(500);
  });
  const requests = child.stdio[3] as NodeJS.ReadableStream;
  await once(requests, 'pause');
  const { writableLength } = child.stdio[4] as NodeJS.WritableStream & { writableLength: number };
  expect(requests.isPaused()).toBe(true);
  expect(asked).toBeGreaterThan(0);
  // One read of a pipe is 64 KiB, 32 k requests of two bytes, each refused in about a hundred
  expect(writableLength).toBeLessThan(16 * 1_048_576);
  child.kill('SIGKILL');
  await once(child, 'exit');
});
