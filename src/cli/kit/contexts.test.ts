/** Which Host a command is for, and with whose token: flag, variable, context, own home. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contextSettings, readContexts, writeContexts } from './contexts.ts';

let root: string;
let env: Record<string, string>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'contexts-'));
  env = { XDG_CONFIG_HOME: root };
  const context = { ca: null, tokenFile: null, oidcTokenFile: null, operatorKeyFile: null, hostNpub: null };
  await writeContexts(env, {
    current: 'prod',
    contexts: [
      { ...context, name: 'prod', url: 'https://prod.example', ca: '/ca', tokenFile: '/prod.token' },
      { ...context, name: 'constructor', url: 'https://lab.example', oidcTokenFile: '/identity' },
      { ...context, name: 'keyed', url: 'https://k.example', operatorKeyFile: '/key', hostNpub: 'npub1' },
    ],
  });
});
afterEach(() => rmSync(root, { recursive: true }));
const PROD = { 'host-url': 'https://prod.example', 'host-ca': '/ca' };
const LAB = { 'host-url': 'https://lab.example', 'oidc-token-file': '/identity' };
const KEYED = { 'host-url': 'https://k.example', 'host-npub': 'npub1' };
const nowhere = () => false;
const inFederation = () => true;
const found = (argv: string[], more: Record<string, string> = {}, isIn = nowhere) =>
  contextSettings(argv, { ...env, ...more }, isIn);

describe('a command is for', () => {
  test.each<[string, string[], Record<string, string>, unknown]>([
    ['the context that is used', [], {}, { ...PROD, 'token-file': '/prod.token' }],
    ['the one that a variable names', [], { ENTANGLE_CONTEXT: 'constructor' }, LAB],
    [
      'the one that a flag names, before a variable',
      ['--context=constructor'],
      { ENTANGLE_CONTEXT: 'x' },
      LAB,
    ],
    ['the one that a flag names, before a home', ['--context', 'constructor', '--home', '/h'], {}, LAB],
    ['the Host at an address', ['--host-url', 'https://h'], {}, null],
    ['the Host at the address of a variable', [], { ENTANGLE_HOST_URL: 'https://h' }, null],
    ['the Host of a home that was named', ['--home=/h'], {}, null],
    ['the Host of a home of a variable', [], { ENTANGLE_HOME: '/h' }, null],
    ['the Host of its name in the home', ['--host', 'beta'], {}, null],
    ['the Host of the name of a variable', [], { ENTANGLE_HOST: 'beta' }, null],
    ['the Host of the home where the variable of a context is empty', [], { ENTANGLE_CONTEXT: '' }, null],
    ['a context by name, for all that', ['--context=constructor'], { ENTANGLE_CONTEXT: '' }, LAB],
    [
      'the context, what stands behind -- is no flag',
      ['--', '--home=/h'],
      {},
      { ...PROD, 'token-file': '/prod.token' },
    ],
    ['the one whose requests are signed', ['--context=keyed'], {}, { ...KEYED, 'operator-key-file': '/key' }],
    ['the context, with a key of one’s own', [], { ENTANGLE_OPERATOR_KEY_FILE: 'mine' }, PROD],
    ['the context, with another key for its Host', ['--context=keyed', '--operator-key-file=o'], {}, KEYED],
    ['the context, with a token of one’s own', ['--token-file', 'mine'], {}, PROD],
    ['the context, with an identity of one’s own', [], { ENTANGLE_HOST_OIDC_TOKEN_FILE: 'mine' }, PROD],
  ])('%s', async (_what, argv, more, settings) => {
    expect(await found(argv, more)).toEqual(settings);
  });
  test('the federation that is found, until a context is named', async () => {
    expect(await found([], {}, inFederation)).toBeNull();
    expect(await found(['--context', 'constructor'], {}, inFederation)).toEqual(LAB);
    expect(await found([], { ENTANGLE_CONTEXT: 'constructor' }, inFederation)).toEqual(LAB);
  });
  test('its own home where no context is used', async () => {
    await writeContexts(env, { ...(await readContexts(env)), current: null });
    expect(await found([])).toBeNull();
    expect(await contextSettings([], { XDG_CONFIG_HOME: join(root, 'nobody') }, nowhere)).toBeNull();
  });
  test('nothing, when two are named, or one that is none', async () => {
    await expect(found(['--context', 'prod'], { ENTANGLE_HOST_URL: 'https://h' })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('unset'),
    });
    for (const name of ['other', '__proto__', 'toString'])
      await expect(found(['--context', name]), name).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('the file is private; a damaged one is said so', async () => {
  const file = join(root, 'entangle', 'contexts.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const text of ['{', '{"current":"x"}', '{"current":null,"contexts":[{"name":"A"}]}']) {
    writeFileSync(file, text);
    await expect(readContexts(env)).rejects.toMatchObject({
      code: 'invalid',
      hint: expect.stringContaining('delete'),
    });
  }
});
