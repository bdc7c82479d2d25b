/** What the ledger keeps is found by its line or its id. */
import { expect, test } from 'vitest';
import { cancel } from '../../../test/sim/forged.ts';
import { introduced, taskOf } from '../../../test/sim/introductions.ts';
import type { Line } from '../../core/ledger/line.ts';
import { readBody, readEvent, readLine, readLines, readRow } from './read-event.ts';

test('an event is found by its id, whether it came in or went out; what was never there is not', async () => {
  const kit = await introduced();
  const said = cancel(1);
  const { event, text } = kit.write(said);
  await kit.deliver(text, 'node', event.id);
  const { runner, alice } = kit.homes;
  const sent = await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(2) });
  expect((await readEvent(runner, event.id))?.sig).toBe(event.sig);
  expect((await readEvent(alice, sent.id))?.sig).toBe(sent.sig);
  expect(await readBody(runner, event.id)).toMatchObject(said.body);
  for (const id of ['ab'.repeat(32), null]) {
    expect(await readEvent(runner, id)).toBeUndefined();
    expect(await readBody(runner, id)).toBeUndefined();
  }
});

test('a line that the read models know of and the disk does not hold yet is waited for', async () => {
  const { homes } = await introduced();
  const { runner } = homes;
  const { n } = runner.ledger.head;
  let isDurable = false;
  const { read, append } = runner.ledger;
  const later = async function* (from: number): AsyncGenerator<Line> {
    if (isDurable) yield* read(from);
  };
  runner.ledger.read = later;
  runner.ledger.append = (build) => {
    isDurable = true;
    return append(build);
  };
  expect((await readLine(runner, n)).n).toBe(n);
});

test('a line that the ledger does not have is a fault that says which', async () => {
  const { homes } = await introduced();
  const n = homes.runner.ledger.head.n + 1;
  await expect(readLine(homes.runner, n)).rejects.toThrow(`line ${n} is indexed`);
});

test('T155 an event is never given for another, whatever line stands in its place', async () => {
  const kit = await introduced();
  const sent = await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(2) });
  const { alice } = kit.homes;
  const { read } = alice.ledger;
  const row = alice.tables.get('messages', sent.id, 'out')!;
  const other = await readLine(alice, row.line);
  // Each line is right, and one is another than it was
  const replaced = { ...other, event: { ...other.event, id: 'ab'.repeat(32) } };
  alice.ledger.read = async function* (from) {
    for await (const line of read.call(alice.ledger, from)) yield line.n === row.line ? replaced : line;
  };
  for (const asked of [readEvent(alice, sent.id), readRow(alice, row), readLines(alice, [row])])
    await expect(asked).rejects.toThrow('is another than the one that was folded');
});
