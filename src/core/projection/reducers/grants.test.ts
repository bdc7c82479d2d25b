/** Which bytes a message lets its recipient ask for: what it names, at no more than the smallest size that was said. */
import { describe, expect, test } from 'vitest';
import { approvalRequest, fold, hex, key, lineOf, request } from '../../../../test/support/fold-kit.ts';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import type { Name, Said } from '../../../../test/support/world.ts';
import { ROWS, type RowOf } from '../rows.ts';
import { nameBlob, nameTranscript } from './blobs.ts';

const whole = { sha256: hex('ab'), size: 9000 };
const grants = (said: Said): RowOf<'blob_grants'>[] => fold([lineOf('in', said)]).list('blob_grants');
const granted = (from: Name, to: Name, sha256: string, size: number): RowOf<'blob_grants'>[] => [
  { sha256, holder: key(from), reader: key(to), size },
];

const { approval, subject, subjectDigest } = approvalRequest().body;
const said: [string, Said, Said][] = [
  ['task', request('node'), { ...request('node'), body: { ...request('node').body, whole } }],
  ...(['task.cancel', 'approval.response'] as const).map((type): [string, Said, Said] => {
    const plain = {
      ...{ type, from: 'user', to: 'node' },
      body:
        type === 'task.cancel'
          ? { session: subject.session, reason: 'x' }
          : { approval, decision: 'rejected', subject, subjectDigest, reason: 'x' },
    } as Said;
    return [type, plain, { ...plain, body: { ...plain.body, whole } } as Said];
  }),
];

describe('the whole of a text that a message has the beginning of', () => {
  test.each(said)('%s: is its recipient’s to ask for', (_what, plain, long) => {
    expect(grants(plain)).toEqual([]);
    expect(grants(long)).toEqual(granted('user', 'node', whole.sha256, whole.size));
  });
});

test('the whole task of which an approval shows the beginning is the approver’s to ask for, and named there', () => {
  const asked = approvalRequest();
  const tables = fold([lineOf('in', { ...asked, body: { ...asked.body, diff: [], whole } })]);
  expect(tables.list('blob_grants')).toEqual(granted('node', 'user', whole.sha256, whole.size));
  expect(tables.list('approvals')).toMatchObject([{ whole: whole.sha256 }]);
  expect(fold([lineOf('in', asked)]).list('approvals')).toMatchObject([{ whole: null }]);
});

test('each part of what is shown of a change is the approver’s to ask for', () => {
  const asked = approvalRequest();
  asked.body.diff = [hex('d1'), hex('d2')];
  expect(grants(asked)).toEqual(asked.body.diff.flatMap((part) => granted('node', 'user', part, 120)));
});

const printed = { attempt: 1, turn: 1, sha256: hex('aa'), size: 9, blobs: [hex('d1'), hex('d2')] };

test('each part of what a turn printed is for whoever is told of it to ask for', () => {
  const asked = approvalRequest();
  const tables = fold([lineOf('in', { ...asked, body: { ...asked.body, diff: [], transcript: printed } })]);
  expect(tables.list('blob_grants')).toEqual(
    printed.blobs.flatMap((part) => granted('node', 'user', part, 9)),
  );
  const { session } = asked.body;
  expect(tables.list('transcripts')).toEqual([
    { session, attempt: 1, turn: 1, by: key('node'), told: printed },
  ]);
});

test('of two transcripts that a node tells of one turn the same stands, whichever was told first', () => {
  const tellings = [printed, { ...printed, sha256: hex('ab') }];
  for (const order of [tellings, tellings.toReversed()]) {
    const tables = memoryTables(ROWS);
    for (const transcript of order)
      nameTranscript(tables, { body: { session: 's', transcript }, from: 'n', to: 'u' } as never);
    expect(tables.list('transcripts')).toMatchObject([{ told: printed }]);
  }
});

test('of two sizes of the same bytes the smaller one counts, whichever was said first', () => {
  for (const sizes of [
    [7, 9],
    [9, 7],
  ]) {
    const tables = memoryTables(ROWS);
    for (const size of sizes) nameBlob(tables, hex('ab'), 'holder', 'reader', size);
    expect(tables.list('blob_grants')).toMatchObject([{ size: 7 }]);
  }
});
