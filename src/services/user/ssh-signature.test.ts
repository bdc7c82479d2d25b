/** When an approval also gets a signature by SSH, and what is refused before anything is sent. */
import { expect, test } from 'vitest';
import { sshsigBy, type TestSshKey, testSshKey } from '../../../test/support/ssh-token.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import type { SshSigner } from '../../ports/index.ts';
import type { Home } from '../messaging/home.ts';
import { sshSignature } from './ssh-signature.ts';

const DIGEST = '5e'.repeat(32);
const TOKEN = testSshKey({ seed: 1 });
const PLAIN = testSshKey({ seed: 2, isToken: false });
const signer = (key: TestSshKey, by = key): SshSigner => ({
  key: key.line,
  sign: async (line, namespace) => sshsigBy(by, line, { namespace }),
});
const sign = async (sshKeys: SshSigner[], request: { assurance?: 'touch'; ssh?: string[] }) => {
  const logged: string[] = [];
  const home: Pick<Home, 'suite' | 'log'> = { suite: suiteWasm, log: (_level, text) => logged.push(text) };
  const made = await sshSignature({ sshKeys, home }, { ...request, subjectDigest: DIGEST });
  return { made, logged };
};
const LINE = `sha256:${DIGEST}\n`;

test('a key that the graph has, and that is registered here, signs', async () => {
  const ssh = [PLAIN.line];
  expect((await sign([signer(TOKEN), signer(PLAIN)], { ssh })).made).toBe(sshsigBy(PLAIN, LINE));
  expect((await sign([signer(TOKEN)], { ssh })).made).toBe(null);
  expect((await sign([signer(TOKEN)], {})).made).toBe(null);
  expect((await sign([], { ssh })).made).toBe(null);
});

test('where a touch is wanted only a token signs, and the person is told to touch it', async () => {
  const { made, logged } = await sign([signer(PLAIN), signer(TOKEN)], {
    ...{ assurance: 'touch', ssh: [PLAIN.line, TOKEN.line] },
  });
  expect(made).toBe(sshsigBy(TOKEN, LINE));
  expect(logged).toEqual([expect.stringMatching(/^touch your key SHA256:[A-Za-z0-9+/]{43} now$/)]);
});

test.each<[string, SshSigner[], string[], string]>([
  ['the graph has no key of theirs', [signer(TOKEN)], [], 'the graph has no such key of yours'],
  ['it has one that is on no token', [signer(PLAIN)], [PLAIN.line], 'the graph has no such key of yours'],
  ['the key is not registered here', [signer(PLAIN)], [TOKEN.line], 'which is not registered here'],
  [
    'nobody touched it',
    [signer(TOKEN, testSshKey({ seed: 1, flags: 0 }))],
    [TOKEN.line],
    'nobody touched the key',
  ],
  [
    'another key signed',
    [signer(TOKEN, testSshKey({ seed: 9 }))],
    [TOKEN.line],
    'no signature of this approval',
  ],
])('T172 refused: %s', async (_what, keys, ssh, words) => {
  await expect(sign(keys, { assurance: 'touch', ssh })).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringContaining(words),
  });
});
