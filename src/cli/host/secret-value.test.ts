/** What stands where the name of a secret does. */
import { expect, test } from 'vitest';
import { secretName } from './secret-value.ts';

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
