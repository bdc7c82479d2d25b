import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeCommands } from '../scripts/cli-reference.ts';
import { manifestText } from '../scripts/manifest.ts';

const root = resolve(import.meta.dirname, '..');
type Flag = {
  description?: string;
  env?: string;
  type: string;
  default?: unknown;
  helpValue?: string;
  options?: string[];
  required?: boolean;
};
type Command = {
  summary?: string;
  examples?: unknown[];
  args: Record<string, { description?: string; required?: boolean }>;
  flags: Record<string, Flag>;
  usage?: string | string[];
};
type Topic = { description: string; subtopics?: Record<string, Topic> };
/** `host:operator:add` is in `host` and in `host:operator`. */
const topicsAbove = (id: string): string[] =>
  id.split(':').flatMap((_, i, words) => (i > 0 ? [words.slice(0, i).join(':')] : []));
const committed = readFileSync(join(root, 'oclif.manifest.json'), 'utf8');
const commands = Object.entries(JSON.parse(committed).commands as Record<string, Command>);

describe('oclif.manifest.json', () => {
  test('is what the built commands give; `npm run build` writes it', async () => {
    expect(committed).toBe(await manifestText(root));
  });

  test('every command says in one line what it does', () => {
    const wrong = commands
      .filter(([, { summary }]) => !/^[A-Z].{5,90}\.$/.test(summary ?? ''))
      .map(([id]) => id);
    expect(wrong).toEqual([]);
  });

  test('every topic has its own line, in package.json; without one its help is that of some command', () => {
    const linesOf = (topics: Record<string, Topic>, above: string): Map<string, string> =>
      new Map(
        Object.entries(topics).flatMap(([name, { description, subtopics }]) => [
          [`${above}${name}`, description] as const,
          ...linesOf(subtopics ?? {}, `${above}${name}:`),
        ]),
      );
    const { oclif } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const lines = linesOf(oclif.topics, '');
    const topics = new Set(commands.flatMap(([id]) => topicsAbove(id)));
    expect([...lines.keys()].sort()).toEqual([...topics].sort());
    expect([...lines.values()].filter((line) => !/^[A-Z].{5,90}\.$/.test(line))).toEqual([]);
  });

  test('a usage that is written by hand names every flag of its command', () => {
    const global = new Set(['home', 'json', 'no-input', 'quiet']);
    const byHand = commands.filter(([, { usage }]) => usage !== undefined);
    expect(byHand.map(([id]) => id)).toEqual(['verify']);
    for (const [, { usage, flags }] of byHand)
      for (const name of Object.keys(flags).filter((one) => !global.has(one)))
        expect([usage].flat().join(' ')).toMatch(new RegExp(`--${name}\\b`));
  });

  test('T189 every command for a Host can be told which of those in a home', () => {
    // Makes a file of an operator, who may be known to any Host
    const ofNone = new Set(['host:operator:keygen']);
    const wrong = commands
      .filter(([id, { flags }]) => id.startsWith('host:') && !ofNone.has(id) && !('host' in flags))
      .map(([id]) => id);
    expect(wrong).toEqual([]);
  });

  /** Flags that sign, or say what is signed. */
  const CONSENTS: Readonly<Record<string, readonly string[]>> = {
    'user:approve': ['subject-digest', 'grant', 'uses', 'for', 'reach'],
    'user:review': ['subject-digest', 'pass', 'changes'],
  };

  test('every flag and argument has a description, every flag its own environment variable; what signs a consent has none', () => {
    const wrong: string[] = [];
    for (const [id, { args, flags }] of commands) {
      for (const [name, arg] of Object.entries(args)) if (!arg.description) wrong.push(`${id} ${name}`);
      for (const [name, flag] of Object.entries(flags)) {
        if (!flag.description) wrong.push(`${id} --${name}: no description`);
        const isConsent = CONSENTS[id]?.includes(name) === true;
        if (isConsent ? flag.env !== undefined : !/^ENTANGLE_[A-Z0-9_]+$/.test(flag.env ?? ''))
          wrong.push(`${id} --${name}: no environment variable`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('every command to which something must be given shows how, in an example', () => {
    const bare = commands.filter(([, { examples, args, flags }]) => {
      const given = [...Object.values(args), ...Object.values(flags)];
      return given.some(({ required }) => required) && !examples?.length;
    });
    expect(bare.map(([id]) => id)).toEqual([]);
  });

  test('no flag that answers every question answers the one that a person signs', () => {
    const answering = commands.filter(([, { flags }]) => 'yes' in flags).map(([id]) => id);
    expect(answering.filter((id) => id.startsWith('user:'))).toEqual([]);
    expect(answering).toContain('graph:apply');
  });

  test('every flag with a value says what it takes', () => {
    const wrong = commands.flatMap(([id, { flags }]) =>
      Object.entries(flags)
        .filter(([, { type, helpValue, options }]) => type === 'option' && !helpValue && !options)
        .map(([name]) => `${id} --${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('a default that the help shows is one that the flag takes', () => {
    const empty = commands.flatMap(([id, { flags }]) =>
      Object.entries(flags).flatMap(([name, flag]) =>
        `${flag.default ?? 'none'}` === '' ? [`${id} --${name}`] : [],
      ),
    );
    expect(empty).toEqual([]);
    const wrong = commands.flatMap(([id, { flags }]) =>
      Object.entries(flags)
        .filter(([, flag]) => flag.helpValue === 'DURATION' && /^\d+$/.test(String(flag.default ?? '')))
        .map(([name]) => `${id} --${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every command takes the flags that all have', () => {
    for (const [, { flags }] of commands) {
      expect(Object.keys(flags)).toEqual(expect.arrayContaining(['json', 'no-input', 'quiet', 'home']));
    }
  });

  test('no flag takes a secret as its value', () => {
    const named = commands.flatMap(([id, { flags }]) =>
      Object.entries(flags)
        .filter(
          ([name, { type, helpValue }]) =>
            type === 'option' &&
            // A file that has it, or the name of one that the Host has
            helpValue !== 'FILE' &&
            helpValue !== 'SECRET' &&
            /(?:token|secret|passphrase|password|key)$/.test(name),
        )
        .map(([name]) => `${id} --${name}`),
    );
    expect(named).toEqual([]);
  });
});

describe('docs/cli.md', () => {
  test('is what the commands say of themselves (else: npm run docs)', async () => {
    expect(readFileSync(join(root, 'docs/cli.md'), 'utf8')).toBe(await describeCommands(root));
  });
});
