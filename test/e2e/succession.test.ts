/** Another key signs for a Host of real processes, over the relay that is its own: twice in a row, with kills, and after a theft. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorityStatus } from '../../src/cli/host/authority-status.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { foldedTables } from '../../src/cli/wiring/folded-tables.ts';
import { hostClient } from '../../src/cli/wiring/host-client.ts';
import { founderOf } from '../../src/core/authority/succession.ts';
import { npub } from '../../src/core/encoding/id.ts';
import { chainIn, signerIn } from '../../src/core/projection/reducers/authority.ts';
import { signedOutOfTurn } from '../support/authority-model.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { isSlow, times } from '../support/counts.ts';
import { dice, killedWhen } from '../support/killing.ts';
import { waitAs } from '../support/own-user.ts';
import {
  commitsOf,
  type LedgerLine,
  ledgerOf,
  ledgers,
  lostAfterAck,
  type Part,
  type ProcessFederation,
  resultsHeard,
  startProcesses,
  tagOf,
} from '../support/process-federation.ts';

let fed: ProcessFederation;
let directory: string;
beforeAll(async () => {
  fed = await startProcesses(tempHomes(), { capacity: 8 });
  directory = join(fed.homes.host, 'host', 'default');
});
afterAll(() => fed?.close());

const shown = () => {
  const paths = resolveHome(fed.homes.host, {}, fed.homes.host);
  return authorityStatus(hostClient(paths, { 'token-file': join(directory, 'operator.token') }), undefined);
};
const works = async (session: string): Promise<void> => {
  await waitAs(fed.homes.user, session);
  expect([await resultsHeard(fed, session), commitsOf(fed, session)]).toEqual([['completed'], 1]);
};
const rotate = ['host', 'authority', 'rotate', '--yes'];

const bytesOf = () =>
  readdirSync(join(directory, 'ledger'))
    .filter((name) => name.endsWith('.ndjson'))
    .reduce((sum, name) => sum + readFileSync(join(directory, 'ledger', name)).length, 0);
const isOwnedBy = (pid: number) => readFileSync(join(directory, 'ledger', 'lock'), 'utf8').includes(`${pid}`);
/** What shows how far a command has come, and how many milliseconds later, at most, it is killed. */
type Moment = { seen: () => (pid: number) => boolean; within: number };
const OF_ROTATION: readonly Moment[] = [
  { seen: () => isOwnedBy, within: 30 },
  { seen: () => grown(() => readdirSync(join(directory, 'keys')).length), within: 10 },
  { seen: () => grown(bytesOf), within: 0 },
  { seen: () => () => true, within: 300 },
];
const OF_START: readonly Moment[] = [
  { seen: () => grown(bytesOf), within: 30 },
  { seen: () => grown(() => ledgerOf(directory).filter(isTold).length), within: 30 },
  { seen: () => isOwnedBy, within: 60 },
  { seen: () => () => existsSync(join(directory, 'api.sock')), within: 300 },
];
const isTold = (line: LedgerLine): boolean => tagOf(line, 'type') === 'authority.rotate';
const grown = (count: () => number) => {
  const before = count();
  return () => count() > before;
};

const random = dice(11);
let kills = 0;
const killed = async (args: readonly string[], { seen, within }: Moment): Promise<void> => {
  if (await killedWhen(fed.homes.host, args, seen(), isSlow ? random() * within : 0)) kills++;
};
const kill = async (part: Part): Promise<void> => {
  await fed.stop(part, 'SIGKILL');
  kills++;
};

/** The Host dies at work; the rotation, and the start after it, is killed and begun again. Which keys signed, one after the other. */
const rotated = async (n: number): Promise<string[]> => {
  await kill('host');
  if (isSlow || n === 0) await killed(rotate, OF_ROTATION[(n + 2) % OF_ROTATION.length]!);
  const { from, to } = await json<{ from: string; to: string }>(fed.homes.host, rotate);
  if (isSlow || n === 1) await killed(['host', 'serve'], OF_START[(n + 3) % OF_START.length]!);
  await fed.start('host');
  return [from, to];
};

/** The one who asked is away, and the tasks are under way until a gate opens, while two keys follow each other. */
const PAIRS = times(1, 5);
test(`twice in a row under load, killed at ${isSlow ? 40 : 4} moments: one key signs, all follow, each task ends once`, async () => {
  const refused = await run(fed.homes.host, rotate);
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('stop it first')]);
  const signers: string[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const gate = join(fed.here.root, `gate-${pair}`);
    const sessions: string[] = [];
    for (let n = 0; n < times(1, 3); n++)
      sessions.push(await fed.ask(`until [ -e ${gate} ]; do sleep 0.05; done; echo ${pair} ${n} >> a.txt`));
    const isRunnerAway = pair % 2 === 1;
    if (isRunnerAway) await fed.stop('runner');
    for (const n of [pair * 2, pair * 2 + 1]) {
      signers.push(...(await rotated(n)));
      if (!isSlow) continue;
      const part = isRunnerAway || random() < 0.5 ? 'relay' : 'runner';
      await kill(part);
      await fed.start(part);
    }
    if (isRunnerAway) await fed.start('runner');
    writeFileSync(gate, '');
    for (const session of sessions) await works(session);
    await expectFollowed(signers.at(-1)!);
  }
  expect(kills).toBe(isSlow ? 40 : 4);
  const { host, signs, graph } = await shown();
  // What a killed rotation left signed too, if only until the next one
  const keys = [host, ...chainIn(await foldedTables(directory)).map(({ to }) => npub(to))];
  expect(keys).toEqual(expect.arrayContaining(signers));
  expect([new Set(keys).size, keys.at(-1), signers.at(-1)]).toEqual([keys.length, signs, signs]);
  const told = ledgers(fed);
  const members = new Map(Object.entries(told).filter(([name]) => name !== 'host'));
  expect(signedOutOfTurn(founderOf(graph), told.host, members)).toEqual([]);
  expect(lostAfterAck(fed)).toEqual([]);
  await json(fed.homes.host, ['host', 'audit', 'verify']);
});

/** The runner and the person come to the key that signs. */
const expectFollowed = async (signs: string): Promise<void> => {
  for (const kind of ['runner', 'user'] as const) {
    const directory = join(fed.homes[kind], kind, 'default');
    const [line] = ledgerOf(directory);
    const graph = tagOf(line!, 'graph')!;
    const signer = async () => npub(signerIn(await foldedTables(directory), graph));
    await expect.poll(signer, { timeout: 60_000 }).toBe(signs);
  }
};

test('a key that is gone from its store: nothing starts but by the recovery key, and members follow', async () => {
  const before = await json<{ host: string; signs: string; epoch: number }>(fed.homes.host, [
    ...['host', 'authority', 'status'],
  ]);
  const recovery = join(fed.homes.host, 'host', 'default', 'recovery.key');
  await fed.stop('host');
  const keys = join(fed.homes.host, 'host', 'default', 'keys');
  renameSync(keys, `${keys}.lost`);
  for (const name of readdirSync(`${keys}.lost`))
    if (!/^host-/.test(name)) cpSync(join(`${keys}.lost`, name), join(keys, name));
  const lost = await run(fed.homes.host, ['host', 'serve']);
  expect([lost.code, lost.stderr]).toEqual([6, expect.stringContaining('host authority recover')]);
  const wrong = fed.here.file('wrong.key', `${'12'.repeat(32)}\n`);
  const by = (file: string) => ['host', 'authority', 'recover', '--recovery-key-file', file, '--yes'];
  expect((await run(fed.homes.host, by(wrong))).code).toBe(8);
  const made = await json<{ by: string; from: string; to: string }>(fed.homes.host, by(recovery));
  expect(made).toMatchObject({ by: 'recovery', from: before.signs });
  await fed.start('host');
  const after = await shown();
  expect([after.signs, after.host]).toEqual([made.to, before.host]);
  expect(after.epoch).toBeGreaterThan(before.epoch);
  await works(await fed.ask('echo recovered >> a.txt'));
});
