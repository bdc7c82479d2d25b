/** T167 Members keep the Host's checkpoints: a history that was written anew, cut or forked is noticed, and nothing of it obeyed. */
import { afterEach, expect, test } from 'vitest';
import { chainOf, GENESIS, type Line, leafOf } from '../../src/core/ledger/line.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { sha256 } from '../support/ledger-events.ts';
import { type Federation, startFederation } from './federation.ts';

const MINUTE = 60_000;
let fed: Federation;
afterEach(() => fed.close());

const begin = async () => {
  fed = await startFederation({
    ...{ suite: idealSuite, seed: 'witness', people: { alice: {} }, agents: { builder: {} } },
    edges: ['alice delegates_to builder'],
  });
  await fed.until('all keep a checkpoint', () => held('r1') && held('alice'), 60 * MINUTE);
};
const homeOf = (name: 'r1' | 'alice') => (name === 'r1' ? fed.runners.r1! : fed.people.alice!).home;
const held = (name: 'r1' | 'alice') => homeOf(name).tables.get('witness', 'host');
const rewrites = (name: 'r1' | 'alice') => homeOf(name).tables.list('rewrites');
const typeOf = ({ event }: Line) => event.tags.find(([tag]) => tag === 'type')?.[1];
const passes = (ms: number) => fed.time.pass(ms);
/** The lines that the Host says it always had: chained and signed as ever. */
const rewrite = async (change: (lines: Line[]) => Line[]): Promise<void> => {
  await fed.finish('the end of the Host', fed.host.stop());
  fed.host.damage();
  let { chain } = GENESIS;
  const lines = change(fed.host.disk.lines.slice()).map((line, i) => {
    const { chain: _, ...rest } = { ...line, n: i + 1 };
    chain = chainOf(sha256, chain, leafOf(sha256, { ...rest }));
    return { ...rest, chain };
  });
  fed.host.disk.lines.splice(0, Number.POSITIVE_INFINITY, ...lines);
  await fed.finish('the start of the Host', fed.host.start());
};
/** A revision that nobody is told, unless they obey. */
const revises = async (): Promise<number> => {
  await fed.applyGraph((file) => {
    file.nodes.other = { ...file.nodes.builder };
  });
  await passes(MINUTE);
  return fed.host.home.tables.list('revisions').length;
};
const revisionOf = (name: 'alice') => homeOf(name).tables.get('routes', homeOf(name).self.pubkey)!.revision;

test('an honest Host goes on: each newer checkpoint is of the same history, also after a start', async () => {
  await begin();
  const first = { r1: held('r1')!, alice: held('alice')! };
  await revises();
  await fed.finish('the end of the Host', fed.host.stop());
  await fed.finish('the start of the Host', fed.host.start());
  await fed.finish('the end of alice', fed.people.alice!.stop());
  await fed.finish('the start of alice', fed.people.alice!.start());
  expect(held('alice')).toEqual(first.alice);
  await passes(21 * MINUTE);
  for (const name of ['r1', 'alice'] as const) {
    expect(held(name)!.size).toBeGreaterThan(first[name].size);
    expect(rewrites(name)).toEqual([]);
    expect(held(name)!.instead).toBeNull();
  }
  const written = homeOf('r1').tables.count('messages', { type: 'checkpoint.kept' });
  await passes(15 * MINUTE);
  // Nothing happens, so nothing is kept
  expect(homeOf('r1').tables.count('messages', { type: 'checkpoint.kept' })).toBeLessThanOrEqual(written + 1);
});

test('T152 a log with another key is the same history', async () => {
  await begin();
  const first = held('r1')!;
  await fed.finish('the end of the Host', fed.host.stop());
  fed.hostKeys.delete('log');
  await fed.finish('the start of the Host', fed.host.start());
  await fed.until(
    'newer ones',
    () => held('r1')!.size > first.size && held('alice')!.size > first.size,
    60 * MINUTE,
  );
  const rotated = fed.host.home.tables.list('messages', { type: 'log.rotated', dir: 'local' });
  expect(rotated).toHaveLength(1);
  expect(held('r1')!.size).toBeGreaterThan(rotated[0]!.line);
  expect([...rewrites('r1'), ...rewrites('alice')]).toEqual([]);
});

test.each([
  [
    'writes a line anew',
    (lines: Line[]) =>
      lines
        .filter((line) => typeOf(line) !== 'checkpoint')
        .map((line, i) => (i === 3 ? { ...line, at: '2020-01-01T00:00:00.000Z' } : line)),
  ],
  [
    'cuts its end',
    (lines: Line[]) =>
      lines.slice(
        0,
        lines.findIndex((line) => typeOf(line) === 'checkpoint'),
      ),
  ],
])('a Host that %s is noticed by both, shown, and not obeyed', async (_, change) => {
  await begin();
  await rewrite(change);
  await fed.until('both notice', () => rewrites('r1')[0] && rewrites('alice')[0], 30 * MINUTE);
  expect(rewrites('alice')).toMatchObject([{ kept: held('alice')!.event }]);
  const before = revisionOf('alice');
  expect(await revises()).toBeGreaterThan(before);
  expect(revisionOf('alice')).toBe(before);
  // One line of evidence, however often it is asked
  await passes(3 * MINUTE);
  expect(homeOf('alice').tables.count('messages', { type: 'history.conflict' })).toBe(1);
  // Neither does a start of the Host help it, nor one of theirs
  await fed.finish('the end of the Host', fed.host.stop());
  await fed.finish('the start of the Host', fed.host.start());
  await passes(2 * MINUTE);
  expect(revisionOf('alice')).toBe(before);
});

test('a Host that shows two histories is noticed by whoever sees the other one', async () => {
  await begin();
  const copy = fed.copyHost();
  const before = held('alice')!;
  const { r1 } = fed.runners;
  await fed.finish('the end of r1', r1!.stop());
  await revises();
  await fed.until('alice keeps the next', () => held('alice')!.size > before.size, 60 * MINUTE);
  await fed.finish('the end of the Host', fed.host.stop());
  await fed.finish('the start of the other one', copy.start());
  await fed.finish('the start of r1', r1!.start());
  await fed.until('alice notices', () => rewrites('alice')[0], 60 * MINUTE);
  await passes(11 * MINUTE);
  // Of what the runner holds the other history is the continuation
  expect(rewrites('r1')).toEqual([]);
  await fed.finish('the end of the other one', copy.stop());
  // The Host of then is back, above the other one’s epoch
  await fed.finish('a start', fed.host.start());
  await fed.finish('its end', fed.host.stop());
  await fed.finish('the start of the Host', fed.host.start());
  const kept = held('alice')!.size;
  await fed.until('alice is told of the history of then', () => held('alice')!.size > kept, 60 * MINUTE);
  expect(held('alice')!.instead).toBeNull();
});

test('a restored Host says so: what is gone is told, and it is obeyed', async () => {
  await begin();
  const backup = fed.copyHost();
  const before = held('alice')!;
  await revises();
  await fed.until('alice keeps the next', () => held('alice')!.size > before.size, 60 * MINUTE);
  const lost = held('alice')!;
  await fed.finish('the end of the Host', fed.host.stop());
  await fed.takeOver(backup);
  await fed.until('alice holds one of the restored', () => held('alice')!.restored > 0, 60 * MINUTE);
  expect(held('alice')).toMatchObject({ instead: lost.event });
  expect(rewrites('alice')).toEqual([]);
  expect(fed.people.alice!.log.join('\n')).toContain(`it has no more what it had at line ${lost.size}`);
  await fed.finish('the end of the restored one', backup.stop());
});
