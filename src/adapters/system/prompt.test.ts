import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { hasTerminal, inTerminal } from '../../../test/support/terminal.ts';
import { terminalPrompt } from './prompt.ts';

/** Streams that look like a terminal; what a real one would show is collected. */
function terminal(isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY }) as NodeJS.ReadStream & PassThrough;
  const output = Object.assign(new PassThrough(), { isTTY }) as NodeJS.WriteStream & PassThrough;
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk;
  });
  const asked = (question: string) => expect.poll(() => shown, { timeout: 60_000 }).toContain(question);
  return { input, output, shown: () => shown, asked };
}

test.each([
  ['y\r', true],
  ['YES\r', true],
  ['\r', false],
  ['n\r', false],
  ['yep\r', false],
])('%j is %s', async (typed, wanted) => {
  const { input, output, asked } = terminal();
  const answer = terminalPrompt({ input, output, noInput: false }).confirm('Go on?', 'confirm with --yes');
  await asked('Go on? [y/N]');
  input.write(typed);
  expect(await answer).toBe(wanted);
});

test('a secret is not echoed', async () => {
  const { input, output, shown, asked } = terminal();
  const answer = terminalPrompt({ input, output, noInput: false }).secret('Passphrase');
  await asked('Passphrase: ');
  input.write('hun');
  input.write('ter2\r');
  expect(await answer).toBe('hunter2');
  expect(shown()).not.toMatch(/hun|ter2/);
});

test('Ctrl-C and the end of the input are an interruption, not an empty answer', async () => {
  const first = terminal();
  const broken = terminalPrompt({ ...first, noInput: false }).secret('Passphrase');
  await first.asked('Passphrase');
  first.input.write('\u0003');
  await expect(broken).rejects.toMatchObject({ code: 'interrupted' });
  const second = terminal();
  const ended = terminalPrompt({ ...second, noInput: false }).confirm('Go on?', 'confirm with --yes');
  await second.asked('Go on?');
  second.input.end();
  await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
});

test('nobody is asked without a terminal or with --no-input', async () => {
  const piped = terminal(false);
  const prompt = terminalPrompt({ ...piped, noInput: false });
  expect(prompt.interactive).toBe(false);
  await expect(prompt.confirm('Go on?', 'confirm with --yes')).rejects.toMatchObject({ code: 'usage' });
  const silent = terminalPrompt({ ...terminal(), noInput: true });
  expect(silent.interactive).toBe(false);
  await expect(silent.secret('Passphrase')).rejects.toMatchObject({ code: 'usage' });
  expect(piped.shown()).toBe('');
});

test.each(['\u0003', null])('before the question, %j is an interruption too', async (typed) => {
  const { input, output, shown } = terminal();
  const answer = terminalPrompt({ input, output, noInput: false }).confirm('Go on?', 'confirm with --yes');
  if (typed === null) input.end();
  else input.write(typed);
  await expect(answer).rejects.toMatchObject({ code: 'interrupted' });
  expect(shown()).toBe('');
});

const PROMPT = new URL('./prompt.ts', import.meta.url).href;
const ASKING = `const { terminalPrompt } = await import(${JSON.stringify(PROMPT)});
const prompt = terminalPrompt({ input: process.stdin, output: process.stderr, noInput: false });
console.log('answer: ' + await prompt.confirm('Go on?', 'confirm with --yes'));`;

test.each([
  ['y\r', 'n\r', false],
  ['y\ny\nyes\n', '\r', false],
  // Without its line end, which would come with the answer
  ['n', 'y\r', true],
  ['y', '\r', false],
])('what was typed before the question (%j) is no answer to it; %j is', async (early, answer, wanted) => {
  if (!hasTerminal()) return;
  const command = [process.execPath, '--input-type=module', '-e', ASKING];
  const { screen } = await inTerminal(
    command,
    { ...process.env, TERM: 'xterm' },
    { asked: '[y/N]', answer },
    early,
  );
  expect(screen).toContain(`answer: ${wanted}`);
});
