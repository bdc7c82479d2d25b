/** docs/security.md claims nothing that is not there: files, checks in them, titles of tests, each threat once. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const SHORT: Record<string, string> = {
  O: 'src/core/protocol/open-checks.ts',
  A: 'src/core/protocol/authorize.ts',
  V: 'src/services/messaging/state-rules.ts',
};

const page = text('docs/security.md');
const rows = [...page.matchAll(/^\| (T\d+(?:, T\d+)*) \|(.*)\|$/gm)].map(([, id, rest]) => ({
  id: id!,
  cells: rest!.split(' | ').map((cell) => cell.trim()),
}));
const answered = rows.filter((row) => row.cells.length === 3);
const isPath = (name: string): boolean => /^(src|test|scripts)\/|^\.npmrc$/.test(name);

test('every threat stands in one of the tables, once', () => {
  const wanted = [...text('docs/threats.md').matchAll(/^\| (T\d+) \|/gm)].map(([, id]) => id!);
  expect(wanted.length).toBeGreaterThanOrEqual(126);
  expect(rows.flatMap((row) => row.id.split(', ')).sort()).toEqual(wanted.sort());
  expect(answered.length).toBeGreaterThan(80);
});

test('every file that it names is there', () => {
  const named = [...page.matchAll(/`([^`]+)`/g)].map(([, name]) => name!).filter(isPath);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('it has at most 200 lines', () => {
  expect(page.split('\n').length).toBeLessThanOrEqual(200);
});

describe.each(answered)('$id', ({ cells }) => {
  test('its checks are in the files that it names', () => {
    let checks = 0;
    for (const part of cells[1]!.split('; ')) {
      const letter = /^([OAV]) `/.exec(part)?.[1];
      const names = [...part.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
      const path = letter ? SHORT[letter]! : names.find(isPath);
      if (path === undefined) continue;
      const source = text(path);
      expect(names.filter((name) => !isPath(name) && !source.includes(name))).toEqual([]);
      checks += 1;
    }
    expect(checks).toBeGreaterThan(0);
  });
  test('its test has the title that it names', () => {
    const claims = [...cells[2]!.matchAll(/`([^`]+)` "([^"]+)"/g)];
    expect(claims.length).toBeGreaterThan(0);
    for (const [, path, title] of claims) expect(text(path!)).toContain(title);
  });
});
