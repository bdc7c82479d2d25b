import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import { PROBLEMS, type ProblemCode } from '../../src/core/graph/file/report.ts';
import { TYPES } from './types.ts';

/** Each file says in its first lines what must be found in it: `# expect CODE PATH LINE`. */
const folder = new URL('./bad/', import.meta.url);
const files = readdirSync(folder).sort();
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const expected = (text: string) =>
  [...text.matchAll(/^# expect (\S+) (\S+) (\d+)$/gm)].map(([, code, path, line]) => ({
    code,
    path: path === '(file)' ? '' : path,
    line: Number(line),
  }));

describe('the corpus of bad graphs', () => {
  test('has at least 30 files', () => {
    expect(files.length).toBeGreaterThanOrEqual(30);
  });

  test.each(files)('%s: every fault and no other, with path and line', (file) => {
    const text = read(file);
    const { graph, problems } = parseGraph(text, { filename: file, types: TYPES });
    expect(problems.map(({ code, path, line }) => ({ code, path, line }))).toEqual(expected(text));
    expect(problems.length).toBeGreaterThan(0);
    expect(graph === null).toBe(problems.some(({ severity }) => severity === 'error'));
    for (const problem of problems) expect(problem.message.length).toBeGreaterThan(8);
  });

  test('no message repeats a secret that stands in the file', () => {
    for (const file of files) {
      const { problems } = parseGraph(read(file), { types: TYPES });
      expect(JSON.stringify(problems)).not.toMatch(/hunter2|nsec1vl|sk-live/);
    }
  });

  test('every semantic problem is in the corpus', () => {
    const found = new Set(files.flatMap((file) => expected(read(file)).map(({ code }) => code)));
    const elsewhere: readonly ProblemCode[] = ['too_large', 'too_deep', 'too_many', 'not_text'];
    const missing = Object.keys(PROBLEMS).filter((code) => !found.has(code));
    expect(missing.sort()).toEqual([...elsewhere].sort());
  });
});
