/** The value of a secret: from a file or a pipe, or typed unseen; never from an argument or the environment. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { MAX_SECRET_BYTES } from '../../core/bounds.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { requireFit } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { NAME } from '../../core/grammars.ts';
import { promptHere } from '../kit/confirm.ts';
import { stderrLog } from '../kit/logging.ts';
import { readBytes } from '../kit/text-file.ts';

export const fromFile = Flags.string({
  description: 'file with the value, taken byte by byte (default: standard input, without its last line end)',
  env: 'ENTANGLE_SECRET_FROM_FILE',
  helpValue: 'FILE',
});

/** Taken so that it can be refused without being repeated, which a log would keep; all of it, where it has several words. */
const notAnArgument = Args.string({
  description: 'never here: in a file, or piped',
  hidden: true,
  multiple: true,
});
export const onCommandLine = (name?: string): EntangleError =>
  new EntangleError(
    'usage',
    `a value${name === undefined ? '' : ` of secret "${name}"`} stands on the command line: whoever is on this machine can read it there, and so does the history of your shell`,
    { hint: 'make a new value where it was issued, and use --from-file FILE, or pipe it in' },
  );

/** `NAME=VALUE`, as others take it, is refused as a value and not repeated as a name. */
export const secretName = Args.custom<string>({
  parse: async (text) => {
    if (text.includes('=')) throw onCommandLine();
    return requireFit(NAME, text);
  },
});

export const secretArgs = {
  name: secretName({ description: 'name, as the graph names it', required: true }),
  refused: notAnArgument,
};

/** No key of a service is shorter. */
const SHORT = 8;
const LINE_END = /\r?\n$/;
/** What `echo` puts behind a value is no part of it; a file is taken as it is, since some keys need their last line end. */
const piped = async (): Promise<Uint8Array> => {
  const bytes = await readBytes('-');
  const [end = ''] = LINE_END.exec(bytes.subarray(-2).toString('latin1')) ?? [];
  return bytes.subarray(0, bytes.length - end.length);
};

const typed = async (name: string, noInput: boolean): Promise<Uint8Array> => {
  const prompt = promptHere(noInput);
  if (!prompt.interactive)
    throw new EntangleError('usage', `secret "${name}" needs a value`, {
      hint: 'use --from-file FILE, or pipe the value in',
    });
  return utf8(await prompt.secret(`Value of secret "${name}"`));
};

const given = (name: string, file: string | undefined, noInput: boolean): Promise<Uint8Array> => {
  if (file !== undefined) return readBytes(file);
  return process.stdin.isTTY ? typed(name, noInput) : piped();
};

export const secretValueOf = async (
  name: string,
  file: string | undefined,
  noInput: boolean,
): Promise<Uint8Array> => {
  const bytes = await given(name, file, noInput);
  if (bytes.length === 0)
    throw new EntangleError('usage', 'the value is empty', { hint: 'use --from-file FILE, or pipe it in' });
  if (bytes.length < SHORT)
    stderrLog({ quiet: false })(
      'warning',
      `secret "${name}" has ${bytes.length} bytes: that is guessed soon, and whatever is the same in what a turn prints becomes "[secret ${name}]"`,
    );
  if (bytes.length <= MAX_SECRET_BYTES) return bytes;
  throw new EntangleError(
    'invalid',
    `the value has ${bytes.length} bytes; a secret has at most ${MAX_SECRET_BYTES}`,
    { hint: 'keep what is larger where the agent can fetch it, and its key here' },
  );
};
