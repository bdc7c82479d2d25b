/** What a binding is made of, and what is refused before the Host is asked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindOidc } from './operator-bind.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'operator-bind-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const flags: Parameters<typeof bindOidc>[2] = {
  ...{ issuer: 'https://issuer.example', audience: 'entangle', role: 'editor', jwks: undefined },
  claim: ['repository=acme/app', 'sub=a=b'],
};
type Given = Partial<Parameters<typeof bindOidc>[2]>;
const bound = async (more: Given = {}): Promise<unknown> => {
  let sent: unknown;
  const client = async ({ body }: { body?: unknown }) => {
    sent = body;
    return {
      name: 'ci',
      role: 'editor',
      state: 'active',
      expires: null,
      revoked: null,
      method: 'oidc',
      identity: null,
      key: null,
    };
  };
  const given: Parameters<typeof bindOidc>[2] = { ...flags, ...more };
  await bindOidc(client, 'ci', given);
  return sent;
};
const file = (text: string): string => {
  writeFileSync(join(root, 'keys.json'), text);
  return join(root, 'keys.json');
};
const KEY = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', kid: '1' };

test('a binding has all that was said, and of keys what is public', async () => {
  const { jwks: _, claim: __, ...rest } = flags;
  const claims = { repository: 'acme/app', sub: 'a=b' };
  expect(await bound()).toEqual({ ...rest, name: 'ci', claims, keys: null });
  const jwks = file(JSON.stringify({ keys: [{ ...KEY, x5c: ['long'] }] }));
  expect(await bound({ jwks })).toEqual({ ...rest, name: 'ci', claims, keys: [KEY] });
});

test.each<[string, Given, string]>([
  ['a claim without a value', { claim: ['repository'] }, 'usage'],
  ['a claim without a name', { claim: ['=x'] }, 'usage'],
  ['a claim of a name that is none', { claim: ['__proto__=x'] }, 'usage'],
  ['a claim twice', { claim: ['a=1', 'a=2'] }, 'usage'],
  ['no claim at all', { claim: [] }, 'invalid'],
  ['an issuer without TLS', { issuer: 'http://issuer.example' }, 'invalid'],
  ['an issuer with a query', { issuer: 'https://issuer.example?x' }, 'invalid'],
])('%s is refused', async (_what, more, code) => {
  await expect(bound(more)).rejects.toMatchObject({ code });
});

test.each([
  ['no JSON', '{'],
  ['no keys', '{"keys":[]}'],
  ['a private key', JSON.stringify({ keys: [{ ...KEY, d: 'CC' }] })],
  ['a secret', '{"keys":[{"kty":"oct","k":"AA"}]}'],
])('a file with %s is no set of public keys', async (_what, text) => {
  await expect(bound({ jwks: file(text) })).rejects.toMatchObject({
    code: 'invalid',
    hint: expect.stringContaining('jwks_uri'),
  });
});
