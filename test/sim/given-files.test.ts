/** Files that an agent gives people besides its commit: who has them, and who gets their bytes. */
import { afterEach, expect, test } from 'vitest';
import { fromUtf8 } from '../../src/core/encoding/bytes.ts';
import { fetchFile, listFiles, showFile } from '../../src/services/user/files.ts';
import { type Traced, traceSession } from '../../src/services/user/trace.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { approve, ask, outcome, reached, userOf } from './story.ts';

let fed: Federation;
afterEach(() => fed?.close());
const BIG = `${'a line of it\n'.repeat(120_000)}end`;
const start = async () => {
  fed = await startFederation({
    people: { alice: {}, bob: {}, carol: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['bob'], quorum: 1 } } } } },
    edges: ['alice delegates_to builder', 'bob approves builder', 'carol delegates_to builder'],
    suite: idealSuite,
    script: async ({ task, write, directive, print, sleep }) => {
      write('out/report.txt', BIG);
      const said = { name: 'report.txt', path: 'out/report.txt', media: 'text/plain', words: task };
      print(await directive(JSON.stringify({ artifact: said })));
      if (task === 'slow') await sleep(60_000);
    },
  });
};
const filesOf = (person: string) => listFiles(userOf(fed, person), 10);
const given = (person: string) => fed.until(`a file for ${person}`, () => filesOf(person)[0]);
/** Where it was put, and what. */
const placing = () => {
  const placed: [string, string][] = [];
  const place = async (bytes: Uint8Array, path: string) => placed.push([path, fromUtf8(bytes)]);
  return { placed, place };
};

test('go to who launched it and to who approves, with their bytes; nobody else hears of them', async () => {
  await start();
  const session = await ask(fed, 'alice', 'builder', 'is it well?');
  await approve(fed, 'bob', session);
  await reached(fed, 'alice', session, 'completed');
  const { placed, place } = placing();
  for (const person of ['alice', 'bob']) {
    const { file } = await given(person);
    const user = userOf(fed, person);
    expect(showFile(user, file)).toMatchObject({ name: 'report.txt', words: 'is it well?', session });
    await fed.finish('the file', fetchFile(user, file, { path: `/${person}/r`, place }, 60_000));
  }
  expect(placed).toEqual([
    ['/alice/r', BIG],
    ['/bob/r', BIG],
  ]);
  expect(filesOf('carol')).toEqual([]);
  expect(faultsOf(fed)).toEqual([]);
});

test('stand in the trace of their session, and are put nowhere that nobody said', async () => {
  await start();
  const session = await ask(fed, 'alice', 'builder', 'is it well?');
  const { file } = await given('alice');
  const rows: Traced[] = [];
  const options = { follow: false, signal: new AbortController().signal };
  await fed.finish(
    'the trace',
    traceSession(userOf(fed, 'alice'), session, options, (row) => rows.push(row)),
  );
  expect(rows.map(({ detail }) => detail)).toContain('report.txt');
  const { placed, place } = placing();
  const to = { path: null, place };
  const refused = await outcome(fed, fetchFile(userOf(fed, 'alice'), file, to, 60_000));
  expect(refused).toMatchObject({ code: 'usage' });
  expect(placed).toEqual([]);
});

test('T147 its runner is killed when it was given: there is one of it', async () => {
  await start();
  const session = await ask(fed, 'alice', 'builder', 'slow');
  await given('alice');
  const { r1 } = fed.runners;
  r1!.crash();
  await fed.finish('the start', r1!.start());
  await approve(fed, 'bob', session);
  await reached(fed, 'alice', session, 'completed');
  expect(fed.runs).toHaveLength(2);
  expect(filesOf('alice')).toHaveLength(1);
  expect(filesOf('bob')).toHaveLength(1);
});

test('T147 bytes that are other than its node signed are put nowhere', async () => {
  await start();
  await ask(fed, 'alice', 'builder', 'is it well?');
  const { file } = await given('alice');
  const user = userOf(fed, 'alice');
  const row = user.home.tables.get('files', file)!;
  user.home.tables.put('files', { ...row, file: { ...row.file, sha256: 'ab'.repeat(32) } });
  const { placed, place } = placing();
  const refused = await outcome(fed, fetchFile(user, file, { path: '/r', place }, 60_000));
  expect(refused).toMatchObject({ code: 'invalid' });
  expect(placed).toEqual([]);
});
