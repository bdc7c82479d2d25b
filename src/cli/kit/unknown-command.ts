/** A command line that names no command: how far it does, and what may have been meant. */
import type { Config } from '@oclif/core';
import { nearest } from '../../core/encoding/nearest.ts';
import { EntangleError } from '../../core/errors.ts';

/** What other programs call it. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  rm: ['remove', 'delete', 'del'],
  revoke: ['remove', 'rm', 'delete'],
  list: ['ls', 'show', 'get'],
  show: ['get', 'describe', 'view'],
  add: ['create', 'new', 'register'],
  set: ['add', 'put', 'update', 'create'],
};
/** More of them than this are a page of their own. */
const MOST_NAMED = 8;

const near = (words: string, names: readonly string[]) => nearest(words.slice(0, 80).toLowerCase(), names);

/** `inbox` is that of a user, and nothing else; `serve` could be several. */
const topicLeftOut = (names: readonly string[], word: string): string | null => {
  const [only, another] = names.filter((name) => name.endsWith(` ${word}`));
  return word !== '' && another === undefined ? (only ?? null) : null;
};

/** The words that stand right below a topic. */
const below = (names: readonly string[], topic: string): string[] => [
  ...new Set(
    names
      .filter((name) => name.startsWith(`${topic} `))
      .map((name) => name.slice(topic.length + 1).split(' ')[0]!),
  ),
];

/** A topic was named, and no command of it. */
const inTopic = (names: readonly string[], words: readonly string[], at: number): EntangleError => {
  const topic = words.slice(0, at).join(' ');
  const [word, children] = [words[at]!.slice(0, 80), below(names, topic)];
  const meant =
    near(word, children) ?? children.find((child) => OTHER_WORDS[child]?.includes(word.toLowerCase()));
  const whole = [topic, meant, ...words.slice(at + 1)].join(' ');
  const hint =
    meant !== undefined
      ? `did you mean \`entangle ${near(whole, names) ?? `${topic} ${meant}`}\`?`
      : children.length <= MOST_NAMED
        ? `use one of ${children.sort().join(', ')}: see \`entangle ${topic}\``
        : `see \`entangle ${topic}\``;
  return new EntangleError('usage', `unknown command "${topic} ${word}"`, { hint });
};

export function unknownCommand(argv: readonly string[], config: Config): EntangleError {
  const stop = argv.findIndex((value) => value.startsWith('-'));
  const words = argv.slice(0, stop === -1 ? 5 : Math.min(stop, 5));
  const ids = ['help', 'version', ...config.commandIDs, ...config.topics.map((topic) => topic.name)];
  // A command is a topic too
  const names = [...new Set(ids.map((id) => id.replaceAll(':', ' ')))];
  let known = words.length;
  while (known > 0 && !names.includes(words.slice(0, known).join(' '))) known -= 1;
  if (known > 0 && known < words.length) return inTopic(names, words, known);
  const typed = words.slice(0, 3).join(' ');
  const meant =
    near(typed, names) ??
    topicLeftOut(names, argv[0] ?? '') ??
    near(argv.slice(0, 2).join(' '), names) ??
    near(argv[0] ?? '', names);
  const message =
    typed !== ''
      ? `unknown command "${typed}"`
      : argv[0] === undefined
        ? 'no command given'
        : `no command given: unknown option ${argv[0]}`;
  return new EntangleError('usage', message, {
    hint: meant === null ? 'see `entangle --help`' : `did you mean \`entangle ${meant}\`?`,
  });
}
