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
const MOST_MEANT = 3;

const near = (words: string, names: readonly string[]) => nearest(words.slice(0, 80).toLowerCase(), names);

const depth = (name: string): number => name.split(' ').length;

/** `inbox` is that of a user, `status` of a Host or of a runner; what many have, such as `list`, is of none of them. */
const topicLeftOut = (names: readonly string[], word: string): string[] => {
  const found = word === '' ? [] : names.filter((name) => name.endsWith(` ${word}`));
  const least = Math.min(...found.map(depth));
  return found.length <= MOST_MEANT ? found.filter((name) => depth(name) === least) : [];
};

/** `graf` is no slip of one finger; only one name begins so. */
const begunLike = (word: string, names: readonly string[]): string | null => {
  const begun = names.filter((name) => !name.includes(' ') && name.startsWith(word.slice(0, 3)));
  return word.length > 3 && begun.length === 1 ? begun[0]! : null;
};

const didYouMean = (meant: readonly string[]): string => {
  const commands = meant.map((one) => `\`entangle ${one}\``);
  const [last, others] = [commands.at(-1)!, commands.slice(0, -1)];
  return `did you mean ${others.length > 0 ? `${others.join(', ')} or ${last}` : last}?`;
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
  const deeper = topicLeftOut(
    names.filter((name) => name.startsWith(`${topic} `)),
    word,
  );
  const likely = meant === undefined ? deeper : [near(whole, names) ?? `${topic} ${meant}`];
  const hint =
    likely.length > 0
      ? didYouMean(likely)
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
  const word = argv[0] ?? '';
  const whole = near(typed, names);
  const elsewhere = topicLeftOut(names, word);
  const one = near(argv.slice(0, 2).join(' '), names) ?? near(word, names) ?? begunLike(word, names);
  const meant = whole !== null ? [whole] : elsewhere.length > 0 ? elsewhere : one !== null ? [one] : [];
  const message =
    typed !== ''
      ? `unknown command "${typed}"`
      : word === ''
        ? 'no command given'
        : `no command given: unknown option ${word}`;
  return new EntangleError('usage', message, {
    hint: meant.length === 0 ? 'see `entangle --help`' : didYouMean(meant),
  });
}
