/** What is at the other end of stdin and stdout: a person, and what their terminal can show. */

export type TerminalKind = {
  stdin: Pick<NodeJS.ReadStream, 'isTTY'>;
  stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>;
  env: NodeJS.ProcessEnv;
};

/** Of a full screen. */
export const LEAST_SCREEN = { columns: 80, rows: 20 } as const;

export const isDumb = ({ env }: TerminalKind): boolean => env.TERM === 'dumb';

/** A terminal, and a person at it who can be asked. */
export const hasPerson = ({ stdin, stdout }: TerminalKind, noInput: boolean): boolean =>
  !noInput && stdin.isTTY === true && stdout.isTTY === true;

export const isLargeEnough = ({ stdout }: TerminalKind): boolean =>
  stdout.columns >= LEAST_SCREEN.columns && stdout.rows >= LEAST_SCREEN.rows;
