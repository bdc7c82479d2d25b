/** Secrets in a whole federation: they reach the turn through crashes of both sides, and nothing that is kept has them. */
import { expect, test } from 'vitest';
import { fromUtf8, toBase64, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { dump } from '../../src/core/projection/dump.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import { listSecrets, removeSecret, setSecret } from '../../src/services/host/secrets.ts';
import { type Federation, startFederation } from './federation.ts';
import { refusedBy } from './refused.ts';
import { ask, reached, shown } from './story.ts';

const VALUE = 'sk-of-the-model-4711';
const HIDDEN = [VALUE, toBase64(utf8(VALUE)), toHex(utf8(VALUE))];

const start = async (seed: string, seen: string[]): Promise<Federation> =>
  startFederation({
    seed,
    people: { alice: {} },
    agents: { builder: { engine: { type: 'exec', auth: 'secret:model', command: ['true'] } } },
    edges: ['alice delegates_to builder'],
    script: ({ secrets, write, task }) => {
      seen.push(...secrets.map(({ name, bytes }) => `${task} ${name}=${fromUtf8(bytes)}`));
      write('done.txt', task);
    },
  });
const set = (fed: Federation, value = VALUE) =>
  fed.finish('set', setSecret(fed.host.running!.host, { name: 'model', value: toBase64(utf8(value)) }, 'op'));

/** Ledgers, read models, blobs, and what the relay has of all that went through it. */
const keptOf = (fed: Federation): string => {
  const homes = [fed.host, fed.runners.r1!, fed.people.alice!];
  return JSON.stringify([
    homes.map(({ home, disk }) => [disk.lines, dump(home.tables, ROWS)]),
    homes.flatMap(({ disk }) =>
      [...disk.blobs.values()].map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
    homes.map(({ log }) => log),
  ]);
};
const isAsked = ({ host }: Federation) => host.home.tables.list('secret_requests').length > 0;
const isGranted = ({ host }: Federation) =>
  host.home.tables.list('messages', { type: 'secret.grant', dir: 'out' }).length > 0;
const isHeard = ({ runners }: Federation) =>
  runners.r1!.home.tables.list('messages', { type: 'secret.grant', dir: 'in' }).length > 0;

test.each([
  ['the Host, when it was asked', 'host', isAsked],
  ['the Host, when it has granted', 'host', isGranted],
  ['the runner, when it has asked', 'r1', isAsked],
  ['the runner, when it was granted', 'r1', isGranted],
  ['the runner, when it heard that', 'r1', isHeard],
] as const)('%s, crashes: the turn gets its secret all the same', async (what, who, look) => {
  const seen: string[] = [];
  const fed = await start(what, seen);
  await set(fed);
  const session = await ask(fed, 'alice', 'builder', 'mend');
  await fed.until(what, () => look(fed));
  const part = who === 'host' ? fed.host : fed.runners.r1!;
  part.crash();
  await fed.finish('the start', part.start());
  await reached(fed, 'alice', session, 'completed');
  expect(new Set(seen)).toEqual(new Set([`mend model=${VALUE}`]));
  const kept = keptOf(fed);
  for (const hidden of HIDDEN) expect(kept).not.toContain(hidden);
  expect([...refusedBy(fed.host), ...refusedBy(fed.runners.r1!)]).toEqual([]);
  await fed.close();
});

test('what was acknowledged as set is there after a crash; what was removed reaches no turn any more', async () => {
  const seen: string[] = [];
  const fed = await start('removed', seen);
  await set(fed, 'old');
  await set(fed);
  fed.host.crash();
  await fed.finish('the start', fed.host.start());
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'completed');
  expect(seen).toEqual([`first model=${VALUE}`]);
  await fed.finish('removed', removeSecret(fed.host.running!.host, 'model', 'op'));
  fed.host.crash();
  await fed.finish('the start', fed.host.start());
  const second = await ask(fed, 'alice', 'builder', 'second');
  await reached(fed, 'alice', second, 'failed');
  expect(shown(fed, 'alice', second)).toMatchObject({
    reason: 'secret_unavailable',
    summary: expect.stringContaining('no secret "model"'),
  });
  expect(seen).toHaveLength(1);
  await fed.close();
});

test('another value reaches a node that runs with its next turn, and both grants are on record', async () => {
  const seen: string[] = [];
  const fed = await start('another value', seen);
  await set(fed, 'old');
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'completed');
  const { id } = fed.runners.r1!.home.tables.list('assignments')[0]!;
  await set(fed, 'new');
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'second'), 'completed');
  expect(seen).toEqual(['first model=old', 'second model=new']);
  // Nothing was started anew for it
  expect(fed.runners.r1!.home.tables.list('assignments')).toMatchObject([{ id }]);
  const [secret] = listSecrets(fed.host.running!.host).items;
  expect(secret!.grants.map(({ runner, version }) => [runner, version])).toEqual([
    ['r1', 1],
    ['r1', 2],
  ]);
  await fed.close();
});

test('of a value that was replaced nothing is left, though the Host ended before it had removed it', async () => {
  const fed = await start('replaced', []);
  await set(fed, 'old');
  const { blob } = fed.host.home.tables.get('secrets', 'model')!;
  const isThere = () => fed.host.disk.blobs.has(blob!);
  fed.host.home.blobs.remove = () => new Promise(() => {});
  void setSecret(fed.host.running!.host, { name: 'model', value: toBase64(utf8('new')) }, 'op');
  await fed.until('the record', () => fed.host.home.tables.list('secret_remains').length === 1);
  await fed.time.pass(1000);
  expect(isThere()).toBe(true);
  fed.host.crash();
  await fed.finish('the start', fed.host.start());
  expect(isThere()).toBe(false);
  await fed.close();
});

test('a runner that is trusted no more is given none, though it asked before', async () => {
  const seen: string[] = [];
  const fed = await start('revoked', seen);
  await set(fed);
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'completed');
  fed.host.crash();
  const session = await ask(fed, 'alice', 'builder', 'second');
  const { tables } = fed.runners.r1!.home;
  await fed.until('the request', () => tables.list('secret_requests', { open: 1 }).length > 0);
  await fed.finish('the end of the runner', fed.runners.r1!.stop());
  await fed.finish('the start', fed.host.start());
  await fed.trust('r1', 'revoked');
  await fed.time.pass(60_000);
  expect(fed.host.home.tables.list('messages', { type: 'secret.grant', dir: 'out' })).toHaveLength(1);
  expect(seen).toEqual([`first model=${VALUE}`]);
  expect(shown(fed, 'alice', session)?.state).not.toBe('completed');
  await fed.close();
});
