/** Manual pages from the manifest, section 1: one a command, and entangle(1), which names them. For `man-db`, groff and mandoc. */
import type { Command } from '@oclif/core';
import type { Config } from '@oclif/core/config';
import { type ErrorCode, EXIT } from '../../core/errors.ts';

export type ManPage = { name: string; text: string };
type Flag = Command.Loadable['flags'][string];

/** A hyphen would be drawn as another sign, and could not be searched or copied. */
const roff = (text: string): string => text.replace(/[\\-]/g, (sign) => (sign === '-' ? '\\-' : '\\e'));
/** Text that begins a line of its own: a dot or an apostrophe there is a request. */
const lines = (text: string): string => roff(text).replace(/^(?=[.'])/gm, '\\&');
const bold = (text: string): string => `\\fB${roff(text)}\\fR`;
const italic = (text: string): string => `\\fI${roff(text)}\\fR`;

const BIN = 'entangle';
const filled = (text: string): string => text.replaceAll('<%= config.bin %>', BIN);
const paragraphs = (text: string): string[] =>
  filled(text)
    .trim()
    .split(/\n\s*\n/)
    .flatMap((one, i) => [...(i > 0 ? ['.PP'] : []), lines(one)]);
const nameOf = (id: string): string => [BIN, ...id.split(':')].join('-');
const wordsOf = (id: string): string => [BIN, ...id.split(':')].join(' ');

const head = (name: string, version: string, summary: string): string[] => [
  `.TH "${roff(name.toUpperCase())}" "1" "" "${BIN} ${roff(version)}" "User Commands"`,
  '.SH NAME',
  `${roff(name)} \\- ${roff(summary.replace(/\.$/, ''))}`,
];

const flagValue = (flag: Flag): string => {
  if (flag.type !== 'option') return '';
  const value = flag.options ? flag.options.join('|') : [flag.helpValue ?? 'VALUE'].flat().join(' ');
  return `=${italic(value)}`;
};
const flagLines = ([name, flag]: [string, Flag]): string[] => {
  const short = flag.char ? `${bold(`-${flag.char}`)}, ` : '';
  const notes = [
    ...(flag.type === 'option' && flag.default !== undefined ? [`default: ${flag.default}`] : []),
    ...(flag.env ? [`environment: ${flag.env}`] : []),
    ...(flag.required ? ['required'] : []),
  ];
  const about = `${flag.summary ?? flag.description ?? ''}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
  return ['.TP', `${short}${bold(`--${name}`)}${flagValue(flag)}`, lines(about)];
};

/** An example is a command, or one with words about it. */
const exampleLines = (example: Command.Example): string[] => {
  const { description, command } =
    typeof example === 'string' ? { description: null, command: example } : example;
  return [
    ...['.PP', ...(description ? [lines(`${description}:`), '.PP'] : []), '.nf', '.RS 4'],
    lines(filled(command)),
    ...['.RE', '.fi'],
  ];
};

const section = (title: string, body: readonly string[]): string[] =>
  body.length > 0 ? [`.SH ${title}`, ...body] : [];

const ENDINGS: Readonly<Record<ErrorCode, string>> = {
  bug: 'a fault of entangle itself',
  not_authorized: 'the token or the signature does not allow it',
  conflict: 'something else was first, or stands in the way',
  denied: 'a person, a policy or the graph said no',
  not_found: 'there is no such thing',
  unavailable: 'a Host, a relay, a remote or a disk cannot be reached',
  invalid: 'a file or a value is wrong',
  usage: 'the command line is wrong',
  timed_out: 'it took longer than was waited',
  interrupted: 'Ctrl-C',
};
const endings = (): string[] => {
  const failures = Object.entries(ENDINGS).map(([code, words]) => [EXIT[code as ErrorCode], words] as const);
  return [[0, 'it worked'] as const, [2, 'it worked, and there is a difference'] as const, ...failures]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([code, words]) => ['.TP', bold(String(code)), lines(words)]);
};

const pageOf = (command: Command.Loadable, version: string): ManPage => {
  const name = nameOf(command.id);
  const args = Object.values(command.args).filter(({ hidden }) => hidden !== true);
  const flags = Object.entries(command.flags)
    .filter(([, { hidden }]) => hidden !== true)
    // Those of every command come last
    .toSorted(([, a], [, b]) => Number(a.helpGroup !== undefined) - Number(b.helpGroup !== undefined));
  const places = args.map((arg) => {
    const place = italic(arg.name.toUpperCase());
    return arg.required ? place : `[${place}]`;
  });
  const text = [
    ...head(name, version, command.summary ?? ''),
    ...section('SYNOPSIS', [[bold(wordsOf(command.id)), '[OPTION]...', ...places].join(' ')]),
    ...section('DESCRIPTION', command.description ? paragraphs(command.description) : []),
    ...section(
      'ARGUMENTS',
      args.flatMap((arg) => ['.TP', italic(arg.name.toUpperCase()), lines(arg.description ?? '')]),
    ),
    ...section('OPTIONS', flags.flatMap(flagLines)),
    ...section('EXAMPLES', (command.examples ?? []).flatMap(exampleLines)),
    ...section('EXIT STATUS', endings()),
    ...section('SEE ALSO', [`${bold(BIN)}(1)`]),
  ];
  return { name, text: `${text.join('\n')}\n` };
};

const overview = (commands: readonly Command.Loadable[], { version, pjson }: Config): ManPage => {
  const text = [
    ...head(BIN, version, pjson.description ?? ''),
    ...section('SYNOPSIS', [`${bold(BIN)} ${italic('COMMAND')} [OPTION]...`]),
    ...section(
      'COMMANDS',
      commands.flatMap(({ id, summary }) => ['.TP', `${bold(nameOf(id))}(1)`, lines(summary ?? '')]),
    ),
    ...section('EXIT STATUS', endings()),
  ];
  return { name: BIN, text: `${text.join('\n')}\n` };
};

/** In the order of their names. */
export const manPages = (config: Config): ManPage[] => {
  const commands = config.commands.filter(({ hidden }) => !hidden).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [overview(commands, config), ...commands.map((command) => pageOf(command, config.version))];
};
