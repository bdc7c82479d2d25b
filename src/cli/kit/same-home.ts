/** A command that is to be typed next is for the home that was typed: the flags that named it are typed again. */
import { isWord } from '../../core/encoding/grammar.ts';
import { shellWord } from '../../core/encoding/shell-word.ts';
import { HOME_KINDS, type HomeKind } from '../../core/vocabulary.ts';

/** What a command line says of its home; what the environment and the settings say holds for the next one as well. */
export type TypedHome = { readonly kind: HomeKind; readonly name?: string; readonly home?: string };

/** Commands without a kind of their own in front, by whose home they ask. */
const KIND_OF: ReadonlyMap<string, HomeKind> = new Map([
  ['graph', 'host'],
  ['compliance', 'host'],
  ['ask', 'user'],
  ['log', 'user'],
]);
const kindOf = (first: string): HomeKind | undefined =>
  isWord(HOME_KINDS, first) ? first : KIND_OF.get(first);

const typed = (argv: readonly string[], flag: string): string | undefined => {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const at = own.lastIndexOf(flag);
  const joined = own.findLast((word) => word.startsWith(`${flag}=`));
  return at === -1 ? joined?.slice(flag.length + 1) : own[at + 1];
};

/** `id`: of the command, its words joined by colons. */
export const typedHome = (id: string, argv: readonly string[]): TypedHome | null => {
  const kind = kindOf(id.split(':')[0]!);
  if (kind === undefined) return null;
  const [name, home] = [typed(argv, `--${kind}`), typed(argv, '--home')];
  return { kind, ...(name !== undefined && { name }), ...(home !== undefined && { home }) };
};

/** One command. Those of another kind are often for another machine, and a page of help is of no home. */
export const again = (command: string, { kind, name, home }: TypedHome): string => {
  if (!command.startsWith(`entangle ${kind} `) || command.endsWith(' --help')) return command;
  const flags = [
    [`--${kind}`, name],
    ['--home', home],
  ] as const;
  return flags.reduce(
    (line, [flag, value]) =>
      value === undefined || line.includes(` ${flag} `) ? line : `${line} ${flag} ${shellWord(value)}`,
    command,
  );
};

/** Every command in a text for people. */
export const hintAgain = (hint: string, home: TypedHome): string =>
  hint.replaceAll(/`(entangle [^`]+)`/g, (_, command: string) => `\`${again(command, home)}\``);
