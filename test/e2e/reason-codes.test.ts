/** Each reason code, replaced by another where it arises, turns a test red: of every code one place, or with SLOW each. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSlow } from '../support/counts.ts';
import { type ReasonPlace, ROOT, reasonPlaces } from '../support/reason-codes.ts';

/** The tests of what refuses messages. */
const NAMES = [
  'open',
  'authorize',
  'authority',
  'state-rules-',
  'admission',
  'authorization-context',
  'inbox',
  'exchange',
];
const TESTS = globSync(`src/{core/protocol,services/messaging}/{${NAMES}}*.test.ts`, { cwd: ROOT });
const byCode = Map.groupBy(reasonPlaces(), ({ code }) => code);
const most = Math.max(...[...byCode.values()].map((places) => places.length));
const pick = Number(process.env.REASON_PICK ?? Math.floor(Math.random() * 1_000_000));
const picks = isSlow ? Array.from({ length: most }, (_, i) => i) : [pick];

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'reasons-'));
  for (const name of ['src', 'test', 'package.json', 'vitest.config.ts', 'tsconfig.json'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Puts `other_CODE` in each of these places, from the last of a file to the first. */
const replaceIn = (places: readonly ReasonPlace[]): void => {
  for (const { path, at, code } of [...places].sort((a, b) => b.at - a.at)) {
    const text = readFileSync(join(copy, path), 'utf8');
    writeFileSync(join(copy, path), `${text.slice(0, at)}other_${text.slice(at)}`);
    expect(text.slice(at, at + code.length)).toBe(code);
  }
};
const restore = (): void => {
  for (const path of new Set(reasonPlaces().map((place) => place.path)))
    cpSync(join(ROOT, path), join(copy, path));
};

/** What the tests that failed say; some must fail. */
const failures = (): string => {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const out = join(copy, 'failures.txt');
  const options = ['--project=unit', '--maxWorkers=1', '--reporter=./test/support/failure-reporter.ts'];
  const env = { ...process.env, FAILURES: out };
  const done = spawnSync(process.execPath, [vitest, 'run', ...TESTS, ...options], {
    cwd: copy,
    env,
    encoding: 'utf8',
  });
  expect(done.status, done.stderr).toBe(1);
  return readFileSync(out, 'utf8');
};

test.each(picks)('a reason code that is another is missed by no test: REASON_PICK=%i', (nth) => {
  replaceIn([...byCode.values()].map((places) => places[nth % places.length]!));
  const text = failures();
  restore();
  const missed = [...byCode].filter(([code]) => !new RegExp(`other_${code}(?![a-z_])`).test(text));
  expect(missed.map(([, places]) => places[nth % places.length])).toEqual([]);
});
