import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { terminalPrompt } from './prompt.ts';

/** Streams that look like a terminal; what a real one would show is collected. */
function terminal(isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY }) as NodeJS.ReadStream & PassThrough;
  const output = Object.assign(new PassThrough(), { isTTY }) as NodeJS.WriteStream & PassThrough;
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk;
  });
  return { input, output, shown: () => shown };
}

test.each([
  ['y\r', true],
  ['YES\r', true],
  ['\r', false],
  ['n\r', false],
  ['yep\r', false],
])('%j is %s', async (typed, wanted) => {
  const { input, output, shown } = terminal();
  const answer = terminalPrompt({ input, output, noInput: false }).confirm('Go on?');
  input.write(typed);
  expect(await answer).toBe(wanted);
  expect(shown()).toContain('Go on? [y/N]');
});

test('a secret is not echoed', async () => {
  const { input, output, shown } = terminal();
  const answer = terminalPrompt({ input, output, noInput: false }).secret('Passphrase');
  input.write('hun');
  input.write('ter2\r');
  expect(await answer).toBe('hunter2');
  expect(shown()).toContain('Passphrase: ');
  expect(shown()).not.toMatch(/hun|ter2/);
});

test('Ctrl-C and the end of the input are an interruption, not an empty answer', async () => {
  const first = terminal();
  const broken = terminalPrompt({ ...first, noInput: false }).secret('Passphrase');
  first.input.write('\u0003');
  await expect(broken).rejects.toMatchObject({ code: 'interrupted' });
  const second = terminal();
  const ended = terminalPrompt({ ...second, noInput: false }).confirm('Go on?');
  second.input.end();
  await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
});

test('nobody is asked without a terminal or with --no-input', async () => {
  const piped = terminal(false);
  const prompt = terminalPrompt({ ...piped, noInput: false });
  expect(prompt.interactive).toBe(false);
  await expect(prompt.confirm('Go on?')).rejects.toMatchObject({ code: 'usage' });
  const silent = terminalPrompt({ ...terminal(), noInput: true });
  expect(silent.interactive).toBe(false);
  await expect(silent.secret('Passphrase')).rejects.toMatchObject({ code: 'usage' });
  expect(piped.shown()).toBe('');
});
