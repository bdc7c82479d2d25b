/** A transcript for a person: marked as its node's word, harmless on a terminal, and as it was printed only in a file. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { SESSION } from '../../../test/sim/single-user.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { sanitizeDeep } from '../kit/report.ts';
import { type ToldTranscript, tellTranscript, transcriptText } from './transcript.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'transcript-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What a terminal would act on, a byte that is no text, and a line that reads as one of ours. */
const PRINTED = Buffer.from('\u001b]0;title\u0007a\xff\n≈ turn 9, as host claims\n', 'latin1');
const told = async () => {
  const { alice, complete } = await startSingleSession();
  const sha256 = toHex(alice.home.suite.sha256(PRINTED));
  await alice.home.blobs.put(PRINTED);
  await complete({ transcript: { attempt: 1, turn: 1, sha256, size: PRINTED.length, blobs: [sha256] } });
  return { alice, sha256 };
};

test('is shown with its control characters written out, no line of it like one of ours', async () => {
  const { alice, sha256 } = await told();
  const value = await tellTranscript(alice.user, SESSION, { output: undefined });
  const [head, empty, ...rest] = transcriptText(80)(sanitizeDeep(value) as ToldTranscript).split('\n');
  expect([head, empty]).toEqual([
    `≈ turn 1, as builder claims: ${PRINTED.length} bytes, sha256:${sha256}`,
    '',
  ]);
  expect(rest.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  for (const line of rest) expect(line).toMatch(/^ {4}/);
  expect(transcriptText(80)({ ...value, attempt: 2 })).toMatch(/^≈ turn 1 of attempt 2, as builder claims/);
});

test('is written as it was printed into the file that was named, and over none', async () => {
  const { alice } = await told();
  const output = join(directory, 'out');
  const value = await tellTranscript(alice.user, SESSION, { output });
  expect(value).toMatchObject({ file: output, text: null, claimed: true });
  expect(readFileSync(output).equals(PRINTED)).toBe(true);
  expect(statSync(output).mode & 0o777).toBe(0o600);
  expect(transcriptText(80)(value)).toMatch(/\nwritten as it was printed: .*\/out$/);
  await expect(tellTranscript(alice.user, SESSION, { output })).rejects.toMatchObject({ code: 'conflict' });
});
