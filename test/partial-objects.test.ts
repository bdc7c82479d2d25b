/** Tests use the real types: an object that is only cast to one tests what the test's author believed of it. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const CAST = /\bas\s+(?:unknown|never|any)\s+as\s+(?:Home|MemoryHome|Host|Runner|User)\b/;
const castsIn = (text: string): string[] =>
  text.split('\n').filter((line, i, lines) => CAST.test(`${line} ${lines[i + 1] ?? ''}`));

test('no test casts a partial object to a home, a Host, a runner or a user', () => {
  const files = globSync(['src/**/*.{ts,tsx}', 'test/**/*.ts'], { cwd: root });
  expect(files.length).toBeGreaterThan(300);
  const wrong = files.filter((path) => castsIn(readFileSync(resolve(root, path), 'utf8')).length > 0);
  expect(wrong).toEqual([]);
});

test('such a cast is seen, also over two lines', () => {
  const cast = ['as', 'unknown', 'as'].join(' ');
  expect(castsIn(`const home = {} ${cast} Home;`)).toHaveLength(1);
  expect(castsIn(`  } as unknown\n    as User['home'];`)).toHaveLength(1);
  expect(castsIn(`const text = value ${cast} HostName;`)).toEqual([]);
});
