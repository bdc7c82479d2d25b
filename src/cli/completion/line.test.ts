import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOSTILE_TEXTS } from '../../../test/support/hostile-texts.ts';
import { answerTo, bashWords, offerLines } from './answer.ts';
import { cursorIn, type KnownCommands } from './line.ts';

const root = resolve(import.meta.dirname, '../../..');
const { commands } = JSON.parse(readFileSync(resolve(root, 'oclif.manifest.json'), 'utf8')) as {
  commands: KnownCommands;
};
const place = (...words: string[]) => cursorIn(words, commands);
const offered = (...words: string[]) => {
  const { offers, current } = place(...words);
  return offerLines(offers, current).map((line) => line.split('\t')[0]);
};

describe('words of a command', () => {
  test.each([
    [['gra'], ['graph']],
    [['graph', 'vali'], ['validate']],
    [['help', 'graph', 'vali'], ['validate']],
    [['--json', '--home', 'x', 'graph', 'vali'], ['validate']],
    [['--home=x', 'graph', 'vali'], ['validate']],
    [['graph', '--json', 'vali'], []],
    [['nonsense', 'vali'], []],
    [
      ['host', 'runner', 're'],
      ['reject', 'revoke'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['completion', 'z'], ['zsh']],
  ])('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('flags', () => {
  test.each([
    [['graph', 'validate', '--js'], ['--json']],
    [['--ho'], ['--home']],
    [['up', '--no-w'], ['--no-watch']],
    [['user', 'init', '--keys', 'f'], ['file']],
    [['user', 'init', '--keys=f'], ['file']],
    // What was given is not offered again, unless it can be
    [['user', 'wait', '--user', 'a', '--us'], []],
    [['host', 'init', '--relay', 'a', '--rel'], ['--relay']],
    [['user', 'wait', '--', '--us'], []],
    [['user', 'wait', '--json='], []],
  ])('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('values', () => {
  test.each([
    [['user', 'approve', ''], ['approval']],
    [['user', 'approve', '--user', 'a', ''], ['approval']],
    [['user', 'approve', '-q', ''], ['approval']],
    [['user', 'approve', '--', ''], ['approval']],
    [['user', 'approve', 'x', ''], []],
    [['user', 'request-changes', '-m', ''], []],
    [['user', 'request-changes', '-m', 'why', ''], ['approval']],
    [['user', 'request-changes', '-mwhy', ''], ['approval']],
    [['user', 'reply', 'x', ''], []],
    [['user', 'ask', '--file=', ''], ['node']],
    [['user', 'ask', '--file='], ['files']],
    [['graph', 'explain', 'a', ''], ['message_type']],
    [['graph', 'explain', '--file', ''], ['graphs']],
    [['host', 'assignment', 'create', 'x', '--runner', ''], ['runner']],
    [['runner', 'serve', '--runner', ''], ['own_runner']],
    [['up', '--agent', ''], ['agent']],
    [['man', 'host', ''], ['command']],
  ])('%j', (words, expected) => {
    expect(place(...words).values).toEqual(expected);
  });

  test('what stands before is known by the names of its flags', () => {
    const { given, command } = place('--home', '/x', 'user', 'show', '--user=a', '');
    expect([command, ...given]).toEqual(['user:show', ['home', '/x'], ['user', 'a']]);
  });
});

test('bash cuts at = and leaves quotes', () => {
  expect(bashWords(['--home', '=', '"/a b"', 'user', 'sh'])).toEqual(['--home=/a b', 'user', 'sh']);
  expect(bashWords(['user', 'show', '--user', '='])).toEqual(['user', 'show', '--user=']);
  expect(bashWords(['ask', 'a', '=', 'b\\ c'])).toEqual(['ask', 'a', '=', 'b c']);
});

describe('an offer', () => {
  const HOSTILE = [
    '$(touch x)',
    '`x`',
    "'",
    '"',
    ';x',
    'a b',
    'a\nb',
    '',
    '-x',
    '../x',
    '~',
    '*',
    'a|b',
    'ä',
  ];
  test.each([...HOSTILE, ...HOSTILE_TEXTS])(
    '%j is no word, and what it is about stays on its line',
    (text) => {
      expect(offerLines([{ word: text }], '')).toEqual([]);
      const [line = '', ...others] = offerLines([{ word: 'x', about: text }], '');
      expect(others).toEqual([]);
      expect(line).not.toMatch(/[\r\n\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(line.split('\t').length).toBeLessThanOrEqual(2);
    },
  );
});

test('where nothing can be read, there is nothing to offer, and no error', async () => {
  const world = { root: '/nowhere', env: {}, directory: '/nowhere' };
  expect(await answerTo('bash', ['user', ''], world)).toBe('words\n');
  expect(await answerTo('bash', ['user', 'show', ''], { ...world, root })).toBe('words\n');
});
