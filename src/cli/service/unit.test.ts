/** Units say exactly what is to run, whatever is in a path; read back here by the rules of those who read them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOSTILE_TEXTS } from '../../../test/support/hostile-texts.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { resolveHome } from '../kit/settings.ts';
import { directoryOf, serviceOf } from './served.ts';
import { type Service, unitOf } from './unit.ts';

const service = (args: readonly string[], path = '/usr/bin'): Service => ({
  ...{ name: 'entangle-host', description: 'entangle host', program: '/opt/node', args, path },
});

/** `systemd.syntax(7)`, `systemd.service(5)`: quoted words, backslash escapes, `%%` and, in arguments, `$$`. */
const wordsOf = (setting: string): string[] => {
  const words = setting.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  expect(words.join(' ')).toBe(setting);
  return words.map((word) => {
    const text = word.slice(1, -1).replace(/\\(.)/g, '$1');
    expect(text.replaceAll('%%', '')).not.toContain('%');
    return text.replaceAll('%%', '%');
  });
};
const settingOf = (text: string, name: string): string => {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}=`));
  expect(lines).toHaveLength(1);
  return lines[0]!.slice(name.length + 1);
};
const argumentsOf = (text: string): string[] => {
  const [program = '', ...args] = wordsOf(settingOf(text, 'ExecStart'));
  for (const arg of args) expect(arg.replaceAll('$$', '')).not.toContain('$');
  return [program, ...args.map((arg) => arg.replaceAll('$$', '$'))];
};
const stringsOf = (plist: string): string[] =>
  [...plist.matchAll(/<string>([^<>]*)<\/string>/g)].map(([, text = '']) =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );

const anyWord = fc.oneof(
  fc.constantFrom('$HOME', '%h', '"', '\\', "'", '$$', '%%', '&amp;', '<b>', 'a b', ''),
  fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => sanitize(text) === text),
);

test('systemd and launchd run the words that were given', () => {
  fc.assert(
    fc.property(fc.array(anyWord, { maxLength: 5 }), anyWord, (args, path) => {
      const { text } = unitOf('systemd', service(args, path));
      expect(argumentsOf(text)).toEqual(['/opt/node', ...args]);
      expect(wordsOf(settingOf(text, 'Environment'))).toEqual([`PATH=${path}`]);
      const [, ...strings] = stringsOf(unitOf('launchd', service(args, path)).text);
      expect(strings.slice(0, args.length + 2)).toEqual(['/opt/node', ...args, path]);
    }),
  );
});

test.each(['systemd', 'launchd'] as const)('a word that %s cannot hold is refused', (manager) => {
  // Printed, the last three would be other paths
  const wrong = [
    ...[...HOSTILE_TEXTS, 'a\nExecStartPre=/bin/false'].filter((text) => /\p{Cc}/u.test(text)),
    ...['a\u00a0b', 'a\u200cb', 'a\\x41b'],
  ];
  expect(wrong.length).toBeGreaterThan(8);
  for (const text of wrong) {
    expect(() => unitOf(manager, service([text]))).toThrow(/a unit cannot hold the path/);
    expect(() => unitOf(manager, service([], text))).toThrow(/a unit cannot hold the path/);
  }
});

test('a stop reaches the process alone, which ends its children; what no restart helps is not started again', () => {
  const { text } = unitOf('systemd', service([]));
  expect(settingOf(text, 'KillMode')).toBe('mixed');
  expect(settingOf(text, 'Restart')).toBe('always');
  expect(settingOf(text, 'RestartPreventExitStatus')).toBe('3 4 6 8 64');
});

test.each([
  ['host', ['host', 'serve', '--host', 'acme'], 'entangle-host-acme', '/h/host/acme'],
  ['runner', ['runner', 'serve', '--runner', 'build-1'], 'entangle-runner-build-1', '/h/runner/build-1'],
  ['user', ['user', 'watch', '--plain', '--user', 'default'], 'entangle-user', '/h/user/default'],
] as const)('a %s is served over its home, and asks nothing', (kind, words, name, directory) => {
  const home = resolveHome('/h', {}, '/', 'acme');
  const mark = expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{8}$`));
  const served = { kind, host: 'acme', runner: 'build-1', user: 'default', passphraseFile: '/run/secret' };
  expect(serviceOf(home, served, [process.execPath, '/opt/run.js'])).toMatchObject({
    name: mark,
    args: ['/opt/run.js', ...words, '--home', '/h', '--passphrase-file', '/run/secret', '--no-input'],
  });
  expect(directoryOf(home, served)).toBe(directory);
  const usual = resolveHome(undefined, process.env, '/');
  expect(serviceOf(usual, served, [process.execPath, '/opt/run.js']).name).toBe(name);
  const other = resolveHome('/other', {}, '/');
  expect(serviceOf(other, served, [process.execPath, '/opt/run.js']).name).not.toBe(
    serviceOf(home, served, [process.execPath, '/opt/run.js']).name,
  );
});
