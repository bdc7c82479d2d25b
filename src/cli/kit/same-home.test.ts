import { expect, test } from 'vitest';
import { again, hintAgain, typedHome } from './same-home.ts';

test('what named the home is typed again, however it was typed', () => {
  expect(typedHome('host:status', ['--host', 'acme'])).toEqual({ kind: 'host', name: 'acme' });
  expect(typedHome('runner:serve', ['--runner=lab', '--home', 'a b'])).toEqual({
    ...{ kind: 'runner', name: 'lab', home: 'a b' },
  });
  expect(typedHome('graph:plan', ['graph.yaml', '--host', 'acme'])).toEqual({ kind: 'host', name: 'acme' });
  expect(typedHome('user:ask', ['builder', '--', '--user', 'two'])).toEqual({ kind: 'user' });
  expect(typedHome('doctor', ['--home', 'x'])).toBeNull();
});

const acme = { kind: 'host', name: 'acme', home: 'my homes' } as const;
test.each([
  ['entangle host serve', "entangle host serve --host acme --home 'my homes'"],
  ['entangle host serve --host lab --home /x', 'entangle host serve --host lab --home /x'],
  // Of another machine, of no home, and of none that is named
  ['entangle runner join INVITE', 'entangle runner join INVITE'],
  ['entangle host serve --help', 'entangle host serve --help'],
  ['entangle up', 'entangle up'],
])('%s becomes %s', (command, is) => expect(again(command, acme)).toBe(is));

test('a hint has each of its commands so, and all else as it is', () => {
  const hint = 'start it with `entangle host serve`, or with `entangle up` in its repository';
  expect(hintAgain(hint, { kind: 'host', name: 'acme' })).toBe(
    'start it with `entangle host serve --host acme`, or with `entangle up` in its repository',
  );
  expect(hintAgain(hint, { kind: 'host' })).toBe(hint);
});
