/** Every route × every kind of caller: what each is answered, what is on record of it, and that nothing private is. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { askedRequest } from '../../../test/support/asked-request.ts';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { type TestIssuer, testIssuer, verifierOf } from '../../../test/support/issuer.ts';
import {
  type Change,
  nostr,
  signedRequest,
  testKey,
  withTag,
} from '../../../test/support/signed-requests.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Credential } from '../../core/host-api/credential.ts';
import { REQUEST_REFUSALS } from '../../core/host-api/request-refusals.ts';
import { pathOf } from '../../core/host-api/route.ts';
import { HTTP_STATUS } from '../../core/host-api/statuses.ts';
import { HOST_API, isGuarded, isStream, type OperationId, operationIds } from '../../core/host-api/table.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import { OPERATOR_ROLES, type OperatorRole } from '../../core/vocabulary.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { hostApi } from './api.ts';

let kit: ReturnType<typeof hostKit>;
let issuer: TestIssuer;
let handler: ReturnType<typeof hostApi>;
const secrets: string[] = [];
type Caller = {
  /** What it shows with a request; a signed one is of that request alone. */
  shows(request: ApiRequest): Credential | null | Promise<Credential | null>;
  who: string;
  role: OperatorRole | null;
  auth: string;
  subject: string | null;
  /** What is on record of who is not let in. */
  outcome: string;
};
const callers = new Map<string, Caller>();
const nobody = (shows: Caller['shows'], outcome = 'unauthenticated'): Caller => ({
  ...{ shows, who: 'unknown', role: null, auth: 'none', subject: null, outcome },
});
const bearer =
  (token: string): Caller['shows'] =>
  () => ({ kind: 'bearer', token });
const SUBJECT = 'repo:acme/app:ref:refs/heads/main';

const pathTo = (id: OperationId): string => {
  const PLACES: Readonly<Record<string, string>> = { n: '1', session: uuidOf(0xff) };
  const params = Object.keys(HOST_API[id].params.shape).map((name) => [name, PLACES[name] ?? 'nobody']);
  const query: Record<string, string> = 'session' in HOST_API[id].query.shape ? { session: 'ab12' } : {};
  return pathOf(id, Object.fromEntries(params), query);
};
/** Whatever is thrown that has no status of its own is a 500. */
const statusOf = async (request: ApiRequest): Promise<number> => {
  // Whoever was refused a minute ago is not refused for that
  kit.time.monotonic += 60_000;
  try {
    const answer = await handler(request);
    return 'events' in answer ? 200 : answer.status;
  } catch (error) {
    return error instanceof EntangleError ? HTTP_STATUS[error.code] : 500;
  }
};
const requestTo = (id: OperationId, body: unknown): ApiRequest => {
  const [path = '', query = ''] = pathTo(id).split('?');
  const { method } = HOST_API[id];
  const given = method === 'POST' ? body : undefined;
  return askedRequest({ method, path, query: Object.fromEntries(new URLSearchParams(query)), body: given });
};
const call = async (id: OperationId, shows: Caller['shows'], body: unknown = {}): Promise<number> => {
  const request = requestTo(id, body);
  return statusOf({ ...request, credential: await shows(request) });
};

const seconds = (): number => Math.floor(kit.time.now / 1000);
/** What the key signs of a request, changed in one thing. */
const signing =
  (key: number, change?: Change, host?: string): Caller['shows'] =>
  async (request) => {
    const options = { now: seconds(), ...(change && { change }) };
    return nostr(await signedRequest(testKey(key).secretKey, host ?? kit.home.host, request, options));
  };
/** The same once more: it was good before. */
const replaying =
  (key: number): Caller['shows'] =>
  async (request) => {
    const credential = await signing(key)(request);
    await statusOf({ ...request, credential });
    return credential;
  };
/** Signed, and then another byte of the signature. */
const forging: Caller['shows'] = async (request) => {
  const event = await signedRequest(testKey(3).secretKey, kit.home.host, request, { now: seconds() });
  return nostr({ ...event, sig: event.sig.replace(/.$/, (last) => (last === '0' ? '1' : '0')) });
};
const at =
  (offset: number): Change =>
  (template) => ({ ...template, created_at: template.created_at + offset });

const KEYS: Readonly<Record<OperatorRole, number>> = { viewer: 1, editor: 2, admin: 3 };
const OTHER = testKey(9).pubkey;
/** All of the key of an admin, which would be let in everywhere. */
const WRONG_SIGNED: Readonly<Record<string, [outcome: string, shows: Caller['shows']]>> = {
  'replayed NIP-98': ['request_replayed', replaying(3)],
  'NIP-98 of another URL': ['request_url', signing(3, withTag('u', 'http://localhost/v1/other'))],
  'NIP-98 of another method': ['request_method', signing(3, withTag('method', 'PUT'))],
  'NIP-98 of another body': ['request_payload', signing(3, withTag('payload', '0e'.repeat(32)))],
  'NIP-98 for another Host': ['request_host', signing(3, undefined, OTHER)],
  'NIP-98 for no Host': ['request_host', signing(3, withTag('p', null))],
  'NIP-98 of a minute ago': ['request_expired', signing(3, at(-61))],
  'NIP-98 of tomorrow': ['request_early', signing(3, at(61))],
  'NIP-98 with another signature': ['request_signature', forging],
  'NIP-98 of a key of nobody': ['request_key', signing(9)],
  'NIP-98 of a revoked key': ['request_key', signing(4)],
  'NIP-98 of an expired key': ['request_key', signing(5)],
  'NIP-98 that is none': ['request_malformed', () => ({ kind: 'nostr', event: 'e30=' })],
};

beforeAll(async () => {
  issuer = await testIssuer('https://issuer.example', seconds);
  kit = hostKit({ verifyIdentity: verifierOf(issuer, { monotonic: () => 1_000_000 }) });
  handler = hostApi(kit.host);
  const admin = bearer(kit.token);
  const made = async (name: string, role: OperatorRole, expiresAt: number | null): Promise<string> => {
    const token = newToken(kit.home.random.bytes);
    const body = { name, role, sha256: tokenDigest(kit.home.suite, token), expiresAt };
    expect(await call('operators.add', admin, body)).toBe(200);
    secrets.push(token);
    return token;
  };
  const enrolled = async (name: string, role: OperatorRole, key: number, expiresAt: number | null = null) => {
    const { pubkey, secretKey } = testKey(key);
    expect(await call('operators.enrol', admin, { name, role, pubkey, expiresAt })).toBe(200);
    secrets.push(toHex(secretKey));
  };
  callers.set(
    'none',
    nobody(() => null),
  );
  callers.set('wrong', nobody(bearer('x'.repeat(68))));
  callers.set('expired', nobody(bearer(await made('brief', 'admin', START + 10))));
  await enrolled('brief-key', 'admin', 5, START + 10);
  await enrolled('revoked-key', 'admin', 4);
  await kit.ask('POST', pathOf('operators.revoke', { name: 'revoked-key' }, {}), {});
  kit.time.now += 10_000;
  const outcome = 'forbidden';
  for (const role of OPERATOR_ROLES) {
    const shows = bearer(await made(role, role, null));
    callers.set(role, { shows, who: role, role, auth: 'bearer', subject: null, outcome });
    const bound = { name: `oidc-${role}`, role, issuer: issuer.url, audience: 'entangle', keys: null };
    expect(await call('operators.bind', admin, { ...bound, claims: { as: role } })).toBe(200);
    const identity = await issuer.sign({ claims: { as: role } });
    const { status, body } = await kit.ask('POST', pathOf('tokens.issue', {}, {}), { identity }, null);
    expect(status).toBe(200);
    const token = `${body.token}`;
    secrets.push(token, identity);
    const known = { who: `oidc-${role}`, role, auth: 'oidc', subject: SUBJECT, outcome };
    callers.set(`OIDC ${role}`, { shows: bearer(token), ...known });
    await enrolled(`key-${role}`, role, KEYS[role]);
    const subject = testKey(KEYS[role]).pubkey;
    const signed = { who: `key-${role}`, role, auth: 'nip98', subject, outcome };
    callers.set(`NIP-98 ${role}`, { shows: signing(KEYS[role]), ...signed });
  }
  for (const [kind, [reason, shows]] of Object.entries(WRONG_SIGNED))
    callers.set(kind, nobody(shows, reason));
});

const KINDS = [
  ...['none', 'wrong', 'expired'],
  ...['', 'OIDC ', 'NIP-98 '].flatMap((by) => OPERATOR_ROLES.map((role) => `${by}${role}`)),
  ...Object.keys(WRONG_SIGNED),
];
const rank = (role: OperatorRole | null): number => (role === null ? -1 : OPERATOR_ROLES.indexOf(role));

test('T181 each reason why a signed request is not taken has a row', () => {
  const rows = Object.values(WRONG_SIGNED).map(([reason]) => reason);
  expect([...new Set(rows)].sort()).toEqual(Object.keys(REQUEST_REFUSALS).sort());
});

describe.each(operationIds())('%s', (id) => {
  test.each(KINDS)('asked by %s', async (kind) => {
    const caller = callers.get(kind);
    if (!caller) throw new Error(kind);
    const request = requestTo(id, {});
    const credential = await caller.shows(request);
    const before = kit.records().length;
    const status = await statusOf({ ...request, credential });
    const records = kit.records().slice(before);
    const { who, auth, subject } = caller;
    const truth = { who, role: caller.role ?? 'none', auth, subject, method: 'POST' };
    if (!isGuarded(id)) {
      // Its body says who asks, and here it says nothing
      expect([status, records.length]).toEqual(credential === null ? [422, 1] : [400, 0]);
      return;
    }
    const { role, method } = HOST_API[id];
    const isLetIn = rank(caller.role) >= rank(role);
    if (!isLetIn) expect(status).toBe(caller.role === null ? 401 : 403);
    else if (method === 'POST') expect([404, 422]).toContain(status);
    else expect([200, 404]).toContain(status);
    if (method === 'GET') expect(records).toEqual([]);
    else if (!isLetIn) expect(records).toMatchObject([{ ...truth, outcome: caller.outcome }]);
    else
      expect(records).toMatchObject([
        { ...truth, outcome: 'asked' },
        { ...truth, outcome: status === 404 ? 'not_found' : 'invalid' },
      ]);
  });
});

test('of all that, no token, no identity token and no key is in the ledger', () => {
  const text = JSON.stringify(kit.lines);
  expect(secrets.length).toBe(1 + 2 + 4 * OPERATOR_ROLES.length);
  for (const secret of secrets) expect(text.includes(secret)).toBe(false);
});

const RUNS = process.env.SLOW === '1' ? 5_000 : 200;
/** Values that a body may have anywhere, some as a row wants them. */
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('alice', 'viewer', 'user', 'admin', 'trusted', '__proto__', 'length', ''),
  fc.integer(),
  fc.stringMatching(/^[0-9a-f]{64}$/),
  fc.constant({ length: { length: 1 } }),
);
test('no body is a fault of the Host, whatever is in it', async () => {
  const rows = operationIds().filter((id) => HOST_API[id].method === 'POST' && !isStream(id));
  const bodies = fc.constantFrom(...rows).chain((id) => {
    const fields = Object.fromEntries(Object.keys(HOST_API[id].body.shape).map((name) => [name, values]));
    const body = fc.oneof(values, fc.record(fields), fc.record(fields, { requiredKeys: [] }));
    return fc.tuple(fc.constant(id), body);
  });
  await fc.assert(
    fc.asyncProperty(bodies, async ([id, body]) => {
      const shows = isGuarded(id) ? bearer(kit.token) : () => null;
      const status = await call(id, shows, body);
      expect(status, id).toBeLessThan(500);
    }),
    { numRuns: RUNS },
  );
});
