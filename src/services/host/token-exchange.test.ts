/** T158 What a workload shows of itself is exchanged for a token of ten minutes, once, or refused for its own reason, on record. */
import { generateKeyPair, UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { hostKit, START, typeOf } from '../../../test/support/host-kit.ts';
import { type TestIssuer, testIssuer, verifierOf } from '../../../test/support/issuer.ts';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { IDENTITY_SECONDS } from '../../core/bounds.ts';
import { IDENTITY_REFUSALS, type IdentityRefusal } from '../../core/host-api/identity-refusals.ts';
import { pathOf } from '../../core/host-api/route.ts';
import { foldLine } from '../../core/projection/fold.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { OPERATOR_ROLES } from '../../core/vocabulary.ts';
import { isStillLetIn } from './authenticators.ts';
import { MAX_WRONG } from './wrong-tokens.ts';

const URL = 'https://issuer.example';
const TOKEN = pathOf('tokens.issue', {}, {});
const STATUS = pathOf('status.show', {}, {});
const BIND = pathOf('operators.bind', {}, {});
const INVITES = pathOf('invites.create', {}, {});
const INVITE = { role: 'user', name: 'alice', expiresMs: 60_000 };
const SUBJECT = 'repo:acme/app:ref:refs/heads/main';

type Kit = ReturnType<typeof hostKit>;
let issuer: TestIssuer;
let kit: Kit;
const time = { monotonic: 0 };
const bound = (more: object = {}) => ({
  ...{ name: 'workflow', role: 'editor', issuer: URL, audience: 'entangle', keys: null },
  ...{ claims: { repository: 'acme/app', ref: 'refs/heads/main' }, ...more },
});
const bind = async (more: object = {}) => {
  const answer = await kit.ask('POST', BIND, bound(more));
  expect(answer).toMatchObject({ status: 200, body: { method: 'oidc', state: 'active' } });
};
const exchange = (identity: unknown) => kit.ask('POST', TOKEN, { identity }, null);
const tokenFor = async (identity: string): Promise<string> => {
  const answer = await exchange(identity);
  expect(answer).toMatchObject({ status: 200 });
  return `${answer.body.token}`;
};

beforeEach(async () => {
  issuer = await testIssuer(URL, () => Math.floor(kit.time.now / 1000));
  time.monotonic = 1_000_000;
  kit = hostKit({ verifyIdentity: verifierOf(issuer, { monotonic: () => time.monotonic }) });
});

describe('a workload that fits its binding', () => {
  test.each(OPERATOR_ROLES)(
    'may do what a %s may, for ten minutes, under its name and its subject',
    async (role) => {
      await bind({ role });
      const answer = await exchange(await issuer.sign());
      expect(answer).toMatchObject({ status: 200, body: { operator: 'workflow', role } });
      const token = `${answer.body.token}`;
      expect(await kit.ask('GET', STATUS, undefined, token)).toMatchObject({ status: 200 });
      const invited = await kit.ask('POST', INVITES, INVITE, token);
      expect(invited.status).toBe(role === 'admin' ? 200 : 403);
      const who = { who: 'workflow', role, auth: 'oidc', subject: SUBJECT };
      expect(kit.records().slice(2)).toMatchObject([
        { ...who, route: TOKEN, target: '', outcome: 'done' },
        ...(role === 'admin'
          ? [
              { ...who, route: INVITES, outcome: 'asked' },
              { ...who, route: INVITES, outcome: 'done' },
            ]
          : [{ ...who, route: INVITES, outcome: 'forbidden' }]),
      ]);
      kit.time.now += IDENTITY_SECONDS.token * 1000 - 1;
      expect(await kit.ask('GET', STATUS, undefined, token)).toMatchObject({ status: 200 });
      kit.time.now += 1;
      expect(await kit.ask('GET', STATUS, undefined, token)).toMatchObject({ status: 401 });
    },
  );

  test('loses its token with the binding, which is unbound once, or revoked', async () => {
    await bind();
    await bind({ name: 'another', claims: { repository: 'acme/app', job: 'x' } });
    const tokens = [
      await tokenFor(await issuer.sign()),
      await tokenFor(await issuer.sign({ claims: { job: 'x', ref: undefined } })),
    ];
    const unbind = pathOf('operators.unbind', { name: 'workflow' }, {});
    expect(await kit.ask('POST', unbind, {})).toMatchObject({ status: 200, body: { state: 'revoked' } });
    expect(await kit.ask('POST', unbind, {})).toMatchObject({ status: 200 });
    const revoke = pathOf('operators.revoke', { name: 'another' }, {});
    expect(await kit.ask('POST', revoke, {})).toMatchObject({ status: 200 });
    for (const token of tokens)
      expect(await kit.ask('GET', STATUS, undefined, token)).toMatchObject({ status: 401 });
    expect((await exchange(await issuer.sign())).body.error).toMatchObject({
      details: [{ reason: 'identity_issuer' }],
    });
    const others = pathOf('operators.unbind', { name: 'bootstrap' }, {});
    expect(await kit.ask('POST', others, {})).toMatchObject({ status: 404 });
    expect(await kit.ask('POST', BIND, bound())).toMatchObject({ status: 409 });
  });

  test('is the operator of whom most is asked, and of as much the one that was bound first', async () => {
    await bind({ name: 'all', role: 'viewer', claims: { repository: 'acme/app' } });
    await bind({ name: 'main', role: 'editor' });
    await bind({ name: 'later', role: 'admin' });
    const operatorOf = async (claims: object) =>
      (await exchange(await issuer.sign({ claims: { ...claims } }))).body.operator;
    expect(await operatorOf({})).toBe('main');
    expect(await operatorOf({ ref: 'refs/pull/7/merge' })).toBe('all');
  });

  test('is not who comes by the keys that another binding of its issuer was given', async () => {
    const other = await testIssuer(URL, () => START);
    await bind();
    await bind({ name: 'pinned', role: 'viewer', keys: other.keySet().keys, claims: { job: 'pinned' } });
    const foreign = await other.sign({ claims: { jti: 'foreign' } });
    expect((await exchange(foreign)).body.error).toMatchObject({ details: [{ reason: 'identity_claims' }] });
    const pinned = await other.sign({ claims: { jti: 'fine', job: 'pinned' } });
    expect((await exchange(pinned)).body.operator).toBe('pinned');
  });
});

type Wrong = { what: string; reason: IdentityRefusal; token(): Promise<string> | string };
const other = (alg: string) => generateKeyPair(alg, { extractable: true });
const WRONG: readonly Wrong[] = [
  { what: 'no token at all', reason: 'identity_malformed', token: () => 'x.y.z' },
  {
    what: 'an issuer that nobody bound',
    reason: 'identity_issuer',
    token: () => issuer.sign({ claims: { iss: 'https://evil.example' } }),
  },
  {
    what: 'an issuer that is written otherwise',
    reason: 'identity_issuer',
    token: () => issuer.sign({ claims: { iss: `${URL}/` } }),
  },
  {
    what: 'an issuer that is down',
    reason: 'identity_unreachable',
    token: () => {
      issuer.goDown();
      return issuer.sign();
    },
  },
  {
    what: 'alg none',
    reason: 'identity_algorithm',
    token: async () => new UnsecuredJWT(claimsOf(await issuer.sign())).encode(),
  },
  { what: 'HS256 with the public key as the secret', reason: 'identity_algorithm', token: () => hmacToken() },
  {
    what: 'a key that the issuer does not have',
    reason: 'identity_key',
    token: () => issuer.sign({ header: { kid: 'nobody' } }),
  },
  { what: 'a key that was rotated away', reason: 'identity_key', token: () => rotatedAway() },
  {
    what: 'the signature of somebody else',
    reason: 'identity_signature',
    token: async () => issuer.sign({ key: await other('ES256') }),
  },
  {
    what: 'claims that were changed after it was signed',
    reason: 'identity_signature',
    token: async () => forged(await issuer.sign()),
  },
  {
    what: 'another audience',
    reason: 'identity_audience',
    token: () => issuer.sign({ claims: { aud: 'sts.amazonaws.com' } }),
  },
  {
    what: 'no audience',
    reason: 'identity_audience',
    token: () => issuer.sign({ claims: { aud: undefined } }),
  },
  {
    what: 'a time that is over',
    reason: 'identity_expired',
    token: () => issuer.sign({ claims: { exp: START - 31 } }),
  },
  { what: 'no end', reason: 'identity_expired', token: () => issuer.sign({ claims: { exp: undefined } }) },
  {
    what: 'a day since it was signed',
    reason: 'identity_expired',
    token: () => issuer.sign({ claims: { iat: START - 86_400 } }),
  },
  {
    what: 'a time that is to come',
    reason: 'identity_early',
    token: () => issuer.sign({ claims: { nbf: START + 31 } }),
  },
  {
    what: 'another repository',
    reason: 'identity_claims',
    token: () => issuer.sign({ claims: { repository: 'acme/other' } }),
  },
  {
    what: 'a claim that is a list',
    reason: 'identity_claims',
    token: () => issuer.sign({ claims: { ref: ['refs/heads/main'] } }),
  },
  {
    what: 'a claim too few',
    reason: 'identity_claims',
    token: () => issuer.sign({ claims: { ref: undefined } }),
  },
  { what: 'no jti', reason: 'identity_id', token: () => issuer.sign({ claims: { jti: undefined } }) },
  {
    what: 'a jti that is no text',
    reason: 'identity_id',
    token: () => issuer.sign({ claims: { jti: 7 as never } }),
  },
  { what: 'what was used before', reason: 'identity_replayed', token: () => replayed() },
  {
    what: 'the jti of what was used before',
    reason: 'identity_replayed',
    token: async () => {
      await replayed();
      return issuer.sign({ claims: { jti: 'once' } });
    },
  },
];
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
const forged = (token: string): string => {
  const [head, , mac] = token.split('.');
  return `${head}.${encoded({ ...claimsOf(token), ref: 'refs/heads/main', sub: 'admin' })}.${mac}`;
};
const hmacToken = async (): Promise<string> => {
  const { SignJWT } = await import('jose');
  const secret = new TextEncoder().encode(JSON.stringify(issuer.keySet().keys[0]));
  return new SignJWT(claimsOf(await issuer.sign()))
    .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
    .sign(secret);
};
const rotatedAway = async (): Promise<string> => {
  const token = await issuer.sign();
  await issuer.rotate();
  return token;
};
const replayed = async (): Promise<string> => {
  const token = await issuer.sign({ claims: { jti: 'once' } });
  await tokenFor(token);
  return token;
};

describe('T158 refused, on record, with nothing changed:', () => {
  test('there is a case of each reason', () => {
    expect(new Set(WRONG.map(({ reason }) => reason))).toEqual(new Set(Object.keys(IDENTITY_REFUSALS)));
  });
  test.each(WRONG)('$what: $reason', async ({ reason, token }) => {
    await bind();
    const given = await token();
    const tokens = kit.home.tables.count('issued_tokens');
    const lines = kit.lines.length;
    const { status, body } = await exchange(given);
    expect({ status, body }).toMatchObject({
      status: 401,
      body: { error: { code: 'not_authorized', details: [{ reason }] } },
    });
    expect(body.error!['hint' as never]).toMatch(/./);
    expect(kit.lines.slice(lines).map(({ event }) => typeOf(event))).toEqual([
      'host.operator_request.completed',
    ]);
    expect(kit.records().at(-1)).toMatchObject({
      ...{ who: 'unknown', role: 'none', auth: 'none', subject: null, route: TOKEN, outcome: reason },
    });
    expect(kit.home.tables.count('issued_tokens')).toBe(tokens);
  });
});

test('T158 a token is remembered as used by a Host that starts anew, and used once by two that come at once', async () => {
  await bind();
  const identity = await issuer.sign();
  const both = await Promise.all([exchange(identity), exchange(identity)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  const tables = memoryTables(ROWS);
  for (const line of kit.lines) foldLine(tables, line, kit.home.suite.sha256);
  Object.assign(kit.home, { tables });
  expect((await exchange(identity)).body.error).toMatchObject({ details: [{ reason: 'identity_replayed' }] });
});

test('T158 neither the identity token nor the one that was given is in the ledger', async () => {
  await bind();
  const identity = await issuer.sign();
  const token = await tokenFor(identity);
  const text = JSON.stringify(kit.lines);
  for (const secret of [token, identity, identity.split('.')[2]!]) expect(text).not.toContain(secret);
});

test('T158 wrong identity tokens count as wrong tokens do; a right one is taken all the same', async () => {
  await bind();
  for (let n = 0; n < MAX_WRONG; n++) expect(await exchange('x.y.z')).toMatchObject({ status: 401 });
  expect(await exchange('x.y.z')).toMatchObject({ status: 429 });
  expect(await kit.ask('GET', STATUS, undefined, 'x'.repeat(68))).toMatchObject({ status: 429 });
  await tokenFor(await issuer.sign());
  expect(kit.records().map(({ outcome }) => outcome)).toEqual([
    ...['asked', 'done', ...Array<string>(MAX_WRONG).fill('identity_malformed')],
    ...['rate_limited', 'done'],
  ]);
});

test('a body of another shape is refused and on record; a credential beside it is not taken', async () => {
  await bind();
  for (const identity of [7, undefined, 'x'.repeat(20_000)])
    expect(await exchange(identity)).toMatchObject({ status: 422 });
  expect(kit.records().slice(2)).toMatchObject(Array(3).fill({ who: 'unknown', outcome: 'invalid' }));
  const beside = kit.ask('POST', TOKEN, { identity: await issuer.sign() });
  await expect(beside).rejects.toMatchObject({ code: 'usage' });
});

test('an admin of whom an issuer tells is not the last one', async () => {
  await bind({ role: 'admin' });
  const revoke = pathOf('operators.revoke', { name: 'bootstrap' }, {});
  expect(await kit.ask('POST', revoke, {})).toMatchObject({ status: 409 });
});

test('T158 a stream that a job reads ends with its ten minutes, or with its binding', async () => {
  await bind();
  const principal = { name: 'workflow', until: START + IDENTITY_SECONDS.token };
  expect(isStillLetIn(kit.home, principal)).toBe(true);
  kit.time.now += IDENTITY_SECONDS.token * 1000;
  expect(isStillLetIn(kit.home, principal)).toBe(false);
  expect(isStillLetIn(kit.home, { ...principal, until: null })).toBe(true);
  await kit.ask('POST', pathOf('operators.unbind', { name: 'workflow' }, {}), {});
  expect(isStillLetIn(kit.home, { ...principal, until: null })).toBe(false);
});
