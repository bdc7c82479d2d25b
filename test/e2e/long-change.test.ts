/** A change that takes more than one blob, through a whole federation: whoever reads it slowly has every byte that its digest is of. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_BLOB_BYTES } from '../../src/core/bounds.ts';
import { environment, OWN_ARGS, PROGRAM, tempHomes } from '../support/cli.ts';
import { times } from '../support/counts.ts';
import { type CustomFederation, startCustomFederation } from '../support/custom-federation.ts';
import { approveAs, inboxAs, showAs } from '../support/own-user.ts';

let fed: CustomFederation;
beforeAll(async () => {
  fed = await startCustomFederation(tempHomes(), {
    users: { alice: null },
    agents: { coder: { approval: { 'source.publish': { by: ['alice'] } } } },
    edges: ['alice delegates_to coder', 'alice approves coder'],
  });
});
afterAll(() => fed?.close());

/** Of 70 bytes each: more than a blob of a runner holds, and with the long counts 8 MB. */
const LINES = times(16_000, 112_000);
const TASK = `seq -f '%08g a line of a text that is long: it has about sixty-four bytes' 1 ${LINES} > long.txt`;
/** Bytes that a slow reader takes at a time. */
const SLOWLY = 4_096;

/** A little at a time, and then something else: the pipe is full most of the time. */
const readSlowly = async (args: readonly string[]): Promise<{ text: string; code: number | null }> => {
  const home = fed.homes.alice!;
  const child = spawn(PROGRAM, [...OWN_ARGS, ...args, '--home', home], {
    ...{ env: environment(home), stdio: ['ignore', 'pipe', 'ignore'] },
  });
  const closed = once(child, 'close');
  const parts: Buffer[] = [];
  const ended = once(child.stdout!, 'end').then(() => true);
  for (let isOver = false; !isOver; ) {
    const part = (child.stdout!.read(SLOWLY) ?? child.stdout!.read()) as Buffer | null;
    if (part) parts.push(part);
    isOver = await (part
      ? turn(false)
      : Promise.race([once(child.stdout!, 'readable').then(() => false), ended]));
  }
  const [code] = (await closed) as [number | null];
  return { text: Buffer.concat(parts).toString('utf8'), code };
};

type Shown = { files: { path: string; new: { size: number; digest: string } }[]; diff: string };

test('a long change through a slow pipe is what its digest says, and is approved and published', async () => {
  const session = await fed.ask('alice', 'coder', TASK);
  const { id } = await inboxAs<{ id: string; session: string }>(
    fed.homes.alice!,
    (one) => one.session === session && one.id !== session,
  );
  await expect
    .poll(
      () =>
        showAs(fed.homes.alice!, id).then(
          () => true,
          () => false,
        ),
      { timeout: 240_000 },
    )
    .toBe(true);
  const { text, code } = await readSlowly(['user', 'show', id, '--json']);
  expect(code).toBe(0);
  const { files, diff } = JSON.parse(text) as Shown;
  const [file] = files;
  expect(files.map(({ path }) => path)).toEqual(['long.txt']);
  const rows = diff.split('\n').filter((row) => row.startsWith('+') && !row.startsWith('+++'));
  const content = rows.map((row) => `${row.slice(1)}\n`).join('');
  expect(content.length).toBe(file!.new.size);
  expect(file!.new.size).toBeGreaterThan(MAX_BLOB_BYTES);
  expect(`sha256:${createHash('sha256').update(content).digest('hex')}`).toBe(file!.new.digest);
  await approveAs(fed.homes.alice!, id);
  await fed.waited('alice', session, 'end');
  expect(fed.head('coder', session)).not.toBe('');
});
