/** What a list calls a command. It only shortens what says little; what runs is read whole where it is decided. */

/** A shell that is given a text, as most agents run each of theirs. */
const SHELL = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|z)?sh -l?c '/;
/** Where it goes first: a path of the runner's, longer than what it does there. */
const PLACE = /^cd (?:'[^']{1,512}'|[^\s'"`$\\;&|<>(){}]{1,512}) && (?=\S)/;

const QUOTE = "'\\''";

/** The text that a shell is given, where the command is a shell and that text in single quotes, and nothing after it; else the command. */
const givenText = (command: string): string => {
  const head = SHELL.exec(command)?.[0];
  if (head === undefined || !command.endsWith("'") || command.length <= head.length) return command;
  const quoted = command.slice(head.length, -1);
  const parts = quoted.split(QUOTE);
  return parts.some((part) => part.includes("'")) ? command : parts.join("'");
};

export const commandTitle = (command: string): string => givenText(command).replace(PLACE, 'cd … && ');
