/** What a Host keeps of secrets, and where: the values in no ledger, in no read model, in no file in clear. */
import { expect, test } from 'vitest';
import { graphText } from '../../../test/support/graph-texts.ts';
import { hostKit, START, typeOf } from '../../../test/support/host-kit.ts';
import { MAX_SECRET_BYTES, MAX_SECRETS } from '../../core/bounds.ts';
import { fromBase64, fromUtf8, toBase64, utf8 } from '../../core/encoding/bytes.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { parseGraph } from '../../core/graph/file/parse.ts';
import { dump } from '../../core/projection/dump.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { GRAPH_TYPES } from '../graph/types.ts';
import { openSecret } from './secret-values.ts';
import { listSecrets, removeRemains, removeSecret, setSecret } from './secrets.ts';

type Kit = ReturnType<typeof hostKit>;
const VALUE = 'sk-4711';
const inBase64 = (text: string) => toBase64(utf8(text));
const set = ({ host }: Kit, name = 'model', value = VALUE) =>
  setSecret(host, { name, value: inBase64(value) }, 'op');
const keptValue = async ({ home }: Kit, name = 'model') => {
  const kept = await openSecret(home, name);
  return kept && fromUtf8(fromBase64(kept.value));
};
const blobs = ({ home }: Kit) => [...home.disk.blobs.values()].map((bytes) => fromUtf8(bytes));
/** Everything that is on the disk of this Host, or made of it. */
const everything = (kit: Kit): string => JSON.stringify([kit.lines, dump(kit.home.tables, ROWS), blobs(kit)]);
const HIDDEN = [VALUE, inBase64(VALUE), Buffer.from(VALUE).toString('hex')];

test('a value is set, replaced and removed; the last one counts, and those before it are gone from the disk', async () => {
  const kit = hostKit();
  expect(await set(kit)).toEqual({
    ...{ version: 1, grants: [], exposed: [] },
    name: 'model',
    set: shownTime(START),
    by: 'op',
    nodes: [],
  });
  expect(await keptValue(kit)).toBe(VALUE);
  const first = await openSecret(kit.home, 'model');
  await set(kit, 'model', 'another');
  expect(await keptValue(kit)).toBe('another');
  expect((await openSecret(kit.home, 'model'))?.version).not.toBe(first?.version);
  expect(blobs(kit)).toHaveLength(1);
  expect(await removeSecret(kit.host, 'model', 'op2')).toMatchObject({ set: null, by: 'op2' });
  expect([await keptValue(kit), blobs(kit)]).toEqual([null, []]);
  expect(listSecrets(kit.host).items).toEqual([]);
  await set(kit);
  expect(await keptValue(kit)).toBe(VALUE);
});

test('what lies on the disk does not have it, nor anything that it could be told from', async () => {
  const kit = hostKit();
  const body = { name: 'model', value: inBase64(VALUE) };
  expect(await kit.ask('POST', '/v1/secrets', body)).toMatchObject({ status: 200 });
  const { suite } = kit.home;
  const digests = [body, body.value, VALUE, null].map((one) => digestOf(suite, one));
  const all = everything(kit);
  for (const hidden of [...HIDDEN, ...digests.slice(0, 3)]) expect(all).not.toContain(hidden);
  expect(kit.records().map(({ target, outcome }) => [target, outcome])).toEqual([
    ['model', 'asked'],
    ['model', 'done'],
  ]);
  expect(new Set(kit.records().map(({ digest }) => digest))).toEqual(
    new Set([digestOf(suite, { name: 'model', value: null })]),
  );
  expect(await keptValue(kit)).toBe(VALUE);
});

test('also of a request that is refused the record has nothing of the value', async () => {
  const kit = hostKit();
  // Of whom nobody knows the body is not even read
  const asked = { name: 'No Name', value: inBase64(VALUE) };
  expect(await kit.ask('POST', '/v1/secrets', asked)).toMatchObject({ status: 422 });
  expect(await kit.ask('POST', '/v1/secret', asked)).toMatchObject({ status: 404 });
  expect(await kit.ask('POST', '/v1/secrets', asked, 'x'.repeat(68))).toMatchObject({ status: 401 });
  expect(new Set(kit.records().map(({ digest }) => digest))).toEqual(
    new Set([digestOf(kit.home.suite, { ...asked, value: null }), digestOf(kit.home.suite, null)]),
  );
});

test('whoever has another key does not open it', async () => {
  const [kit, other] = [hostKit(), hostKit()];
  await set(kit);
  const root = other.home.suite.sha256(utf8('another key'));
  const { blob } = kit.home.tables.get('secrets', 'model')!;
  expect(blob).toMatch(/^[0-9a-f]{64}$/);
  await expect(openSecret({ ...kit.home, root }, 'model')).rejects.toThrow('bad_mac');
});

test.each([
  ['nothing', '', 'the value is empty'],
  ['only line ends', '\r\n\n', 'the value is empty'],
  ['more than the bound', 'x'.repeat(MAX_SECRET_BYTES + 1), 'at most'],
])('%s is no value', async (_what, value, words) => {
  const kit = hostKit();
  await expect(set(kit, 'model', value)).rejects.toThrow(words);
  expect([listSecrets(kit.host).items, blobs(kit)]).toEqual([[], []]);
});

test('what is not base64 is no value, and the refusal does not repeat it', async () => {
  const kit = hostKit();
  const refused = await setSecret(kit.host, { name: 'model', value: `${VALUE}!` }, 'op').catch((e) => e);
  expect(refused).toMatchObject({ code: 'invalid' });
  expect(JSON.stringify([refused, refused.message])).not.toContain(VALUE);
});

test('any bytes up to the bound are a value', async () => {
  const kit = hostKit();
  const bytes = Uint8Array.from({ length: MAX_SECRET_BYTES }, (_, i) => i % 256);
  await setSecret(kit.host, { name: 'model', value: toBase64(bytes) }, 'op');
  expect(fromBase64((await openSecret(kit.home, 'model'))!.value)).toEqual(bytes);
});

test('there are at most so many; one that is there is replaced all the same', async () => {
  const kit = hostKit();
  await set(kit);
  const row = kit.home.tables.get('secrets', 'model')!;
  for (let i = 1; i < MAX_SECRETS; i++) kit.home.tables.put('secrets', { ...row, name: `s${i}` });
  await expect(set(kit, 'other')).rejects.toMatchObject({ code: 'conflict' });
  await set(kit, 'model', 'another');
  expect(await keptValue(kit)).toBe('another');
});

test('a value that is not on record was not set; the one before stays', async () => {
  const kit = hostKit();
  await set(kit);
  kit.home.ledger.append = async () => {
    throw new EntangleError('unavailable', 'the disk is full');
  };
  await expect(set(kit, 'model', 'another')).rejects.toThrow('the disk is full');
  expect(await keptValue(kit)).toBe(VALUE);
});

test('what a crash left of a value that was replaced goes at the next start', async () => {
  const kit = hostKit();
  await set(kit);
  const { remove } = kit.home.blobs;
  kit.home.blobs.remove = async () => {
    throw new Error('killed');
  };
  await expect(set(kit, 'model', 'another')).rejects.toThrow('killed');
  expect(blobs(kit)).toHaveLength(2);
  kit.home.blobs.remove = remove;
  await removeRemains(kit.home);
  expect(blobs(kit)).toHaveLength(1);
  expect(await keptValue(kit)).toBe('another');
});

test('the list has what nodes name and nobody set, and tells which nodes', async () => {
  const kit = hostKit();
  const text = graphText().replace('auth: none', 'auth: "secret:model"');
  kit.host.graph = parseGraph(text, { types: GRAPH_TYPES }).graph;
  kit.time.now += 5000;
  const nodes = [expect.any(String)];
  const none = { set: null, by: null, version: null, grants: [], exposed: [] };
  expect(listSecrets(kit.host).items).toEqual([{ name: 'model', ...none, nodes }]);
  await set(kit, 'unused');
  await set(kit);
  expect(listSecrets(kit.host).items).toMatchObject([
    { name: 'model', by: 'op', nodes },
    { name: 'unused', by: 'op', nodes: [] },
  ]);
  expect(kit.home.tables.get('secrets', 'model')?.at).toBe(START + 5);
});

test('what is not there cannot be removed', async () => {
  const kit = hostKit();
  await expect(removeSecret(kit.host, 'model', 'op')).rejects.toMatchObject({ code: 'not_found' });
  expect(kit.lines.filter(({ event }) => typeOf(event).startsWith('secret.'))).toEqual([]);
});
