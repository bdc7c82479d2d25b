/** Questions on the terminal: asked on stderr, answered on stdin, so that stdout stays the command's value. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Prompt } from '../../ports/index.ts';

export type PromptOptions = {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  /** `--no-input`: nothing is ever asked. */
  noInput: boolean;
};

/** readline echoes what is typed through its output; this one swallows it once the question is out. */
class Muted extends Writable {
  isMuted = false;
  readonly #output: NodeJS.WriteStream;
  constructor(output: NodeJS.WriteStream) {
    super();
    this.#output = output;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.isMuted) this.#output.write(chunk);
    done();
  }
}

/** Nothing may have come for so long before a question is put: who types on has not read what is above it. */
const QUIET_MS = 300;
const CTRL_C = 0x03;

/**
 * Reads and drops what is typed for something else until nothing came for a while; the terminal is raw then, so that none
 * of it is echoed. Rejects on Ctrl-C and at the end of the input.
 */
export const discardTyped = (input: NodeJS.ReadStream, quietMs = QUIET_MS): Promise<void> =>
  new Promise((resolve, reject) => {
    // Not line by line: what has no line end yet would stay in the terminal and become part of the answer.
    input.setRawMode?.(true);
    const finish = (isBroken: boolean) => {
      clearTimeout(timer);
      input.off('data', drop).off('end', end).pause();
      if (!isBroken) return resolve();
      input.setRawMode?.(false);
      reject(unanswered());
    };
    const timer = setTimeout(() => finish(false), quietMs);
    const drop = (typed: Buffer | string) => {
      if (Buffer.from(typed).includes(CTRL_C)) finish(true);
      else timer.refresh();
    };
    const end = () => finish(true);
    input.on('data', drop).on('end', end).resume();
  });

const unanswered = () => new EntangleError('interrupted', 'no answer was given');

async function ask(options: PromptOptions, question: string, isSecret: boolean): Promise<string> {
  await discardTyped(options.input);
  const output = new Muted(options.output);
  const line = createInterface({ input: options.input, output, terminal: true, historySize: 0 });
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    line.on('SIGINT', () => line.close());
    line.on('close', () => {
      if (isSecret || !isAnswered) options.output.write('\n');
      if (!isAnswered) reject(unanswered());
    });
    // What asks made texts of others harmless, and where it forgot one, this does
    line.question(sanitize(question, undefined, { multiline: true, shown: true }), (answer) => {
      isAnswered = true;
      line.close();
      resolve(answer);
    });
    output.isMuted = isSecret;
  });
}

/** Fails (usage) where nobody can answer: a question must not hang a script. */
export function terminalPrompt(options: PromptOptions): Prompt {
  const interactive = !options.noInput && options.input.isTTY === true && options.output.isTTY === true;
  const need = (what: string, hint: string): void => {
    if (!interactive) throw new EntangleError('usage', `${what} needed, but there is no terminal`, { hint });
  };
  return {
    interactive,
    async confirm(question, instead) {
      need('confirmation', instead);
      const answer = await ask(options, `${question} [y/N] `, false);
      return /^y(?:es)?$/i.test(answer.trim());
    },
    async line(question, instead) {
      need('answer', instead);
      return (await ask(options, `${question}: `, false)).trim();
    },
    async secret(question) {
      need('passphrase', 'use --passphrase-file');
      return ask(options, `${question}: `, true);
    },
  };
}
