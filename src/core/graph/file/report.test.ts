import { expect, test } from 'vitest';
import { makeReport } from './report.ts';
import { NOWHERE } from './source-map.ts';

test('a thousand of a severity are listed, all are counted, and one line says that there are more', () => {
  const report = makeReport(() => NOWHERE);
  for (let i = 0; i < 1_000; i++) report.add('missing', `${i}`, 'is missing');
  expect(report.problems.map(({ code }) => code)).toEqual(Array(1_000).fill('missing'));
  for (let i = 0; i < 200; i++) report.add('missing', 'more', 'is missing');
  report.add('no_agents', 'nodes', 'has no agent');
  expect(report.errors).toBe(1_200);
  expect(report.problems.slice(1_000).map(({ code }) => code)).toEqual(['too_many', 'no_agents']);
});

test('nothing more is said of a value that was not read, but of any other', () => {
  const report = makeReport(() => NOWHERE);
  for (const code of ['alias', 'missing'] as const) report.add(code, 'a.b', 'is wrong');
  for (const code of ['nothing_sent', 'missing'] as const) report.add(code, 'edges.0', 'is wrong');
  for (const code of ['tag', 'missing'] as const) report.add(code, '', 'is wrong');
  expect(report.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'alias a.b',
    'nothing_sent edges.0',
    'missing edges.0',
    'tag ',
    'missing ',
  ]);
});

test('a hundred are given what may have been meant, of no word that is over 64 characters', () => {
  const report = makeReport(() => NOWHERE);
  const suggested = () => report.problems.filter(({ suggestion }) => suggestion !== undefined).length;
  const long = 'x'.repeat(64);
  report.add('unknown_key', 'a', 'no key', { word: `${long}y`, among: [`${long}z`] });
  expect(suggested()).toBe(0);
  for (let i = 0; i < 200; i++)
    report.add('unknown_key', `${i}`, 'no key', { word: 'grap', among: ['graph'] });
  expect(suggested()).toBe(99);
});

test('a long message is cut before what may have been meant, which stays', () => {
  const report = makeReport(() => NOWHERE);
  report.add('unknown_type', 'tests.0', `no type; there are ${'x'.repeat(400)}`, {
    word: 'tsk',
    among: ['task'],
  });
  const { message } = report.problems[0]!;
  expect(message).toMatch(/^no type; there are x+…; did you mean `task`\?$/);
  expect(message).toHaveLength(400);
});
