/** Bundles of a Host's record: what they prove, and that nothing else passes. */
import { describe, expect, test } from 'vitest';
import { provenLedger } from '../../../test/support/proven-ledger.ts';
import { createWorld } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { npub } from '../encoding/id.ts';
import { type Bundle, verifyBundle } from './bundle.ts';

const world = createWorld(suiteWasm);
const { host, user } = world.actors;
const { lines, recordBy, headBy, bundleOfLines } = provenLedger(world);
const verified = (bundle: unknown, trusted = [host.pubkey]) =>
  verifyBundle(suiteWasm, JSON.stringify(bundle), trusted);

test('names each line, what it is and who signed it', () => {
  expect(verified(bundleOfLines([1, 3]))).toEqual({
    ...{ host: npub(host.pubkey), graph: world.graph, size: 4 },
    items: [1, 3].map((line) => ({
      ...{ line, at: '2026-11-23T10:00:00.000Z', type: 'operator.revoked' },
      ...{ event: lines[line - 1]!.event.id, signer: npub(host.pubkey), isWhole: true },
    })),
  });
});
test('T162 what has a secret in it is proved without it', () => {
  const bundle = bundleOfLines([4]);
  expect(JSON.stringify(bundle)).not.toContain('ab'.repeat(32));
  expect(verified(bundle).items).toMatchObject([{ line: 4, type: 'operator.added', isWhole: false }]);
});
test('of a line behind the checkpoint there is none', () => {
  expect(() => bundleOfLines([5])).toThrow(/no line 5 in a ledger of 4 lines/);
});

describe('T163 nothing is proved by', () => {
  const good = bundleOfLines([2]);
  const [entry] = good.entries as [Bundle['entries'][number]];
  const withEntry = (change: object) => ({ ...good, entries: [{ ...entry, ...change }] });
  const withHead = (event: object) => ({ ...good, checkpoint: { ...good.checkpoint, event } });
  const { event } = good.checkpoint;
  const foreign = recordBy(host.secretKey, 'operator.revoked', { name: 'eve', by: 'eve' });
  test.each<[string, unknown, RegExp]>([
    ['another text', { ...good, more: 1 }, /it is not one/],
    ['no line', { ...good, entries: [] }, /it is not one/],
    [
      'another content',
      withEntry({ event: { ...entry.event, content: entry.event.content.replace('late', 'more') } }),
      /not as it was signed/,
    ],
    ['another signature', withEntry({ event: { ...entry.event, sig: foreign.sig } }), /not as it was signed/],
    ['another event of the Host', withEntry({ event: foreign }), /not in the ledger/],
    ['another time', withEntry({ at: '2026-11-23T10:00:00.001Z' }), /not in the ledger/],
    ['another direction', withEntry({ dir: 'out' }), /not in the ledger/],
    ['another number', withEntry({ n: 1 }), /not in the ledger/],
    ['a number behind the last', withEntry({ n: 9 }), /not in the ledger/],
    [
      'the way of another line',
      withEntry({ proof: bundleOfLines([1]).entries[0]!.proof }),
      /not in the ledger/,
    ],
    ['a shorter way', withEntry({ proof: entry.proof.slice(1) }), /not in the ledger/],
    [
      'a changed checkpoint',
      withHead({ ...event, content: event.content.replace('"size":4', '"size":5') }),
      /not as it was signed/,
    ],
    ['another record as the checkpoint', withHead(foreign), /not as it was signed/],
    ['a checkpoint by somebody else', withHead(headBy(user.secretKey).event), /another Host or graph/],
    [
      'a checkpoint of another graph',
      withHead(headBy(host.secretKey, `${host.pubkey}/other`).event),
      /another Host or graph/,
    ],
    [
      'a checkpoint that the log did not sign',
      withHead(headBy(host.secretKey, world.graph, new Uint8Array(32).fill(8)).event),
      /the log did not sign/,
    ],
    [
      'another note',
      { ...good, checkpoint: { event, note: good.checkpoint.note.replace('\n4\n', '\n5\n') } },
      /note is of another/,
    ],
  ])('%s', (_, bundle, words) => {
    expect(verified(good).items).toHaveLength(1);
    expect(() => verified(bundle)).toThrow(words);
  });
  test('a checkpoint by a key of the log that the same bundle shows to be replaced', () => {
    const ledger = provenLedger(world);
    const { event } = ledger.headBy(host.secretKey);
    const { log: from } = JSON.parse(event.content);
    const body = { from, to: 'ab'.repeat(32), size: 4, root: 'cd'.repeat(32), until: 1 };
    const forged = (key: Uint8Array, replaced = from) =>
      ledger.recordBy(key, 'log.rotated', { ...body, from: replaced });
    const bundleWith = (record: typeof event) => {
      const one = provenLedger(world);
      one.append(record);
      return one.bundleOfLines([2, 5]);
    };
    expect(() => verified(bundleWith(forged(host.secretKey)))).toThrow(
      /a key of the log that line 5 replaced/,
    );
    // Not the Host's word, and of another key
    expect(verified(bundleWith(forged(user.secretKey))).items).toHaveLength(2);
    expect(verified(bundleWith(forged(host.secretKey, 'ef'.repeat(32)))).items).toHaveLength(2);
  });
  test('a Host that is not trusted', () => {
    expect(() => verified(good, [user.pubkey])).toThrow(expect.objectContaining({ code: 'denied' }));
  });
});
