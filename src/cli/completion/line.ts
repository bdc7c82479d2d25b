/** Where the cursor stands in a command line, by what the manifest says of the commands. */
import type { CompletedValue } from '../../core/command-words.ts';
import { ARGUMENT_VALUES, valuesOfFlag } from './kinds.ts';

type KnownFlag = {
  char?: string;
  description?: string;
  helpGroup?: string;
  helpValue?: string;
  hidden?: boolean;
  multiple?: boolean;
  allowNo?: boolean;
  options?: string[];
  type: string;
};
export type KnownCommand = {
  summary?: string;
  hidden?: boolean;
  args: Record<string, { options?: string[]; multiple?: boolean }>;
  flags: Record<string, KnownFlag>;
};
/** By their ids, as `oclif.manifest.json` has them. */
export type KnownCommands = Readonly<Record<string, KnownCommand>>;

/** `words` means something to the shell where it is inserted, so it is from a small alphabet; `about` is shown beside it. */
export type Offer = { word: string; about?: string };
export type CursorPlace = {
  /** Id of the command, as far as it was typed. */
  command: string;
  /** Values of the flags before, by name. */
  given: ReadonlyMap<string, string>;
  args: readonly string[];
  /** What is typed of the word that is to be completed, without the `--flag=` before it. */
  current: string;
  offers: readonly Offer[];
  values: readonly CompletedValue[];
};

const nextWords = (commands: KnownCommands, path: readonly string[]): Offer[] => {
  const found = new Map<string, Offer>();
  for (const [id, { hidden, summary }] of Object.entries(commands)) {
    const words = id.split(':');
    const word = words[path.length];
    if (hidden === true || word === undefined || !path.every((part, i) => words[i] === part)) continue;
    const isWhole = words.length === path.length + 1;
    if (isWhole || !found.has(word)) found.set(word, { word, ...(isWhole && summary && { about: summary }) });
  }
  return [...found.values()];
};
/** The words that may follow those of a command's id. */
export const commandWords = nextWords;

/** Flags that every command has may stand before it. */
const globalsOf = (commands: KnownCommands): Record<string, KnownFlag> => {
  const [first] = Object.values(commands);
  return Object.fromEntries(
    Object.entries(first?.flags ?? {}).filter(([, { helpGroup }]) => helpGroup === 'GLOBAL'),
  );
};

/** What the words before the cursor say, one after the other. */
class Reading {
  readonly path: string[] = [];
  readonly args: string[] = [];
  readonly given = new Map<string, string>();
  pending: string | null = null;
  isAfterDashes = false;
  #isPathOver = false;
  readonly #commands: KnownCommands;

  constructor(commands: KnownCommands) {
    this.#commands = commands;
  }

  get flags(): Record<string, KnownFlag> {
    return this.#commands[this.path.join(':')]?.flags ?? globalsOf(this.#commands);
  }

  /** Words of the command that may come here. */
  get next(): Offer[] {
    return this.#isPathOver ? [] : nextWords(this.#commands, this.path);
  }

  take(word: string): void {
    if (this.pending !== null) {
      this.given.set(this.pending, word);
      this.pending = null;
    } else if (!this.isAfterDashes && word.startsWith('-') && word !== '-') this.#takeFlag(word);
    else if (this.next.some((one) => one.word === word)) this.path.push(word);
    else {
      this.#isPathOver = true;
      this.args.push(word);
    }
  }

  #takeFlag(word: string): void {
    if (this.path.length > 0) this.#isPathOver = true;
    if (word === '--') {
      this.isAfterDashes = true;
      return;
    }
    const [, long, value] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const short = Object.entries(this.flags).find(([, { char }]) => char !== undefined && char === word[1]);
    const name = long ?? short?.[0];
    if (name === undefined) return;
    const isOpen = this.flags[name]?.type === 'option' && value === undefined;
    if (isOpen && (long !== undefined || word.length === 2)) this.pending = name;
    else this.given.set(name, value ?? '');
  }
}

/** `words`: those after the program's name, the last of them the one that is being typed. */
export const cursorIn = (words: readonly string[], commands: KnownCommands): CursorPlace => {
  const at = new Reading(commands);
  const before = words.slice(0, -1);
  for (const word of before[0] === 'help' ? before.slice(1) : before) at.take(word);
  const typed = words.at(-1) ?? '';
  const place = { command: at.path.join(':'), given: at.given, args: at.args, current: typed };
  const ofFlag = (name: string, current: string): CursorPlace => {
    const { options, helpValue = '', type } = at.flags[name] ?? { type: 'boolean' };
    const values = options === undefined && type === 'option' ? valuesOfFlag(name, helpValue) : [];
    return { ...place, current, offers: (options ?? []).map((word) => ({ word })), values };
  };
  if (at.pending !== null) return ofFlag(at.pending, typed);
  if (!at.isAfterDashes && typed.startsWith('-')) {
    const [, name, current] = /^--([^=]+)=([\s\S]*)$/.exec(typed) ?? [];
    if (name !== undefined && current !== undefined) return ofFlag(name, current);
    return { ...place, offers: flagWords(at), values: [] };
  }
  const { next } = at;
  if (next.length > 0) return { ...place, offers: next, values: [] };
  const args = Object.entries(commands[place.command]?.args ?? {});
  const last = args.at(-1);
  const arg = args[at.args.length] ?? (last?.[1].multiple === true ? last : undefined);
  if (arg === undefined) return { ...place, offers: [], values: [] };
  const [name, { options }] = arg;
  const values = options === undefined ? (ARGUMENT_VALUES[name] ?? []) : [];
  return { ...place, offers: (options ?? []).map((word) => ({ word })), values };
};

const flagWords = ({ flags, given }: Reading): Offer[] => [
  ...Object.entries(flags)
    .filter(([name, { hidden, multiple }]) => hidden !== true && (multiple === true || !given.has(name)))
    .flatMap(([name, { description: about, allowNo }]) =>
      [name, ...(allowNo ? [`no-${name}`] : [])].map((word) => ({
        word: `--${word}`,
        ...(about && { about }),
      })),
    ),
  { word: '--help' },
];
