/** What stands where the name of a secret does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { secretName, secretValueOf } from './secret-value.ts';

const parse = (text: string): Promise<unknown> => secretName().parse(text, {} as never, {} as never);

test.each(['model-key=sk-hidden', 'MODEL_KEY=sk-hidden', 'sk-hidden=='])(
  '%s is a value on the command line: refused as that, and not repeated',
  async (text) => {
    const refused = await parse(text).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      ...{ code: 'usage', message: expect.stringContaining('stands on the command line') },
      hint: expect.stringContaining('--from-file FILE'),
    });
    expect(`${refused}`).not.toContain('sk-hidden');
  },
);

test('a name is a name', async () => {
  expect(await parse('model-key')).toBe('model-key');
});

test('a short value is told to be short, by the name that it has', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-secret-'));
  const file = join(directory, 'value');
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    for (const [value, words] of [
      ['hunter2', 'secret "pin" has 7 bytes: that is guessed soon'],
      ['x'.repeat(40), null],
    ] as const) {
      said.mockClear();
      writeFileSync(file, value);
      expect(String(Buffer.from(await secretValueOf('pin', file, true)))).toBe(value);
      const told = said.mock.calls.map(([text]) => String(text)).join('');
      if (words === null) expect(told).toBe('');
      else expect(told).toContain(words);
      expect(told).not.toContain(value);
    }
  } finally {
    said.mockRestore();
    rmSync(directory, { recursive: true, force: true });
  }
});
