/** Shell completion from the manifest: commands, then the flags of the command typed so far. */
import type { Command } from '@oclif/core';
import type { Shell } from '../../core/vocabulary.ts';

type Known = { words: string; summary: string; flags: string[]; values: Map<string, readonly string[]> };

const valuesOf = (command: Command.Loadable): Known['values'] =>
  new Map(
    Object.entries(command.flags).flatMap(([name, flag]) =>
      flag.type === 'option' && flag.options?.length ? [[name, flag.options]] : [],
    ),
  );

const summaryOf = (command: Command.Loadable): string =>
  (command.summary ?? command.description ?? '').split('\n')[0]?.replace(/['"\\`$:[\]]/g, '') ?? '';

function knownOf(commands: readonly Command.Loadable[]): Known[] {
  return commands
    .filter((command) => !command.hidden)
    .map((command) => ({
      words: command.id.replaceAll(':', ' '),
      summary: summaryOf(command),
      flags: [...Object.keys(command.flags).map((name) => `--${name}`), '--help'].sort(),
      values: valuesOf(command),
    }))
    .sort((left, right) => (left.words < right.words ? -1 : 1));
}

/** What may follow each run of words: "" → topics and root commands, "graph" → its verbs. */
function nextWords(known: readonly Known[]): Map<string, Map<string, string>> {
  const next = new Map<string, Map<string, string>>();
  for (const { words, summary } of known) {
    const parts = words.split(' ');
    for (const [index, part] of parts.entries()) {
      const before = parts.slice(0, index).join(' ');
      const options = next.get(before) ?? new Map<string, string>();
      const isWhole = index === parts.length - 1;
      if (isWhole || !options.has(part)) options.set(part, isWhole ? summary : '');
      next.set(before, options);
    }
  }
  return next;
}

/** `case` arms that both bash and zsh understand; zsh keeps the name `words` for itself. */
function arms(known: readonly Known[]): string {
  const words = [...nextWords(known)].map(
    ([before, options]) => `    '${before}') next='${[...options.keys()].join(' ')}' ;;`,
  );
  return words.join('\n');
}
const flagArms = (known: readonly Known[]): string =>
  known.map(({ words, flags }) => `    '${words}') flags='${flags.join(' ')}' ;;`).join('\n');

const valueArms = (known: readonly Known[]): string =>
  known
    .flatMap(({ words, values }) =>
      [...values].map(([name, options]) => `    '${words} --${name}') values='${options.join(' ')}' ;;`),
    )
    .join('\n');

/** `values` are those that may follow the word before, where that is a flag of few values. */
const lookup = (known: readonly Known[]): string => `_entangle_lookup() {
  next='' flags='--help' values=''
  case "$1" in
${arms(known)}
  esac
  case "$1" in
${flagArms(known)}
  esac
  case "$1 $2" in
${valueArms(known)}
  esac
}`;

const bash = (known: readonly Known[]): string => `${lookup(known)}
_entangle() {
  local current="\${COMP_WORDS[COMP_CWORD]}" typed='' next flags values index
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ "\${COMP_WORDS[index]}" =~ ^[a-z][a-z0-9-]*$ ]] || break
    _entangle_lookup "$typed"
    [[ " $next " == *" \${COMP_WORDS[index]} "* ]] || break
    typed="\${typed:+$typed }\${COMP_WORDS[index]}"
  done
  _entangle_lookup "$typed" "\${COMP_WORDS[COMP_CWORD-1]}"
  if [[ -n "$values" ]]; then COMPREPLY=($(compgen -W "$values" -- "$current"))
  elif [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n "$next" ]]; then COMPREPLY=($(compgen -W "$next" -- "$current"))
  else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o default -F _entangle entangle
`;

const zsh = (known: readonly Known[]): string => `#compdef entangle
${lookup(known)}
_entangle() {
  local typed='' part next flags values
  for part in \${words[2,CURRENT-1]}; do
    _entangle_lookup "$typed"
    [[ " $next " == *" $part "* ]] || break
    typed="\${typed:+$typed }$part"
  done
  _entangle_lookup "$typed" "\${words[CURRENT-1]}"
  if [[ -n "$values" ]]; then compadd -- \${=values}
  elif [[ "\${words[CURRENT]}" == -* ]]; then compadd -- \${=flags}
  elif [[ -n "$next" ]]; then compadd -- \${=next}
  else _files; fi
}
compdef _entangle entangle
`;

function fish(known: readonly Known[]): string {
  const lines = ['complete -c entangle -f'];
  for (const [before, options] of nextWords(known)) {
    const parts = before.split(' ').filter(Boolean);
    const seen = parts.map((part) => `__fish_seen_subcommand_from ${part}`);
    const none = `not __fish_seen_subcommand_from ${[...options.keys()].join(' ')}`;
    const condition = parts.length === 0 ? '__fish_use_subcommand' : [...seen, none].join('; and ');
    for (const [word, summary] of options) {
      lines.push(`complete -c entangle -n '${condition}' -a '${word}' -d '${summary}'`);
    }
  }
  for (const { words, flags, values } of known) {
    const condition = words
      .split(' ')
      .map((part) => `__fish_seen_subcommand_from ${part}`)
      .join('; and ');
    for (const flag of flags) {
      const options = values.get(flag.slice(2));
      const few = options ? ` -xa '${options.join(' ')}'` : '';
      lines.push(`complete -c entangle -n '${condition}' -l '${flag.slice(2)}'${few}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A script for the shell to source; nothing of it runs entangle. */
export function completionScript(shell: Shell, commands: readonly Command.Loadable[]): string {
  const known = knownOf(commands);
  if (shell === 'fish') return fish(known);
  return shell === 'zsh' ? zsh(known) : bash(known);
}
