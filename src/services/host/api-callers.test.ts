/** Every route × every kind of caller: what each is answered, what is on record of it, and that nothing private is. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { type TestIssuer, testIssuer, verifierOf } from '../../../test/support/issuer.ts';
import { EntangleError } from '../../core/errors.ts';
import { pathOf } from '../../core/host-api/route.ts';
import { HTTP_STATUS } from '../../core/host-api/statuses.ts';
import { HOST_API, isGuarded, isStream, type OperationId, operationIds } from '../../core/host-api/table.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import { OPERATOR_ROLES, type OperatorRole } from '../../core/vocabulary.ts';
import { hostApi } from './api.ts';

let kit: ReturnType<typeof hostKit>;
let issuer: TestIssuer;
let handler: ReturnType<typeof hostApi>;
const secrets: string[] = [];
type Caller = {
  token: string | null;
  who: string;
  role: OperatorRole | null;
  auth: string;
  subject: string | null;
};
const callers = new Map<string, Caller>();
const nobody = (token: string | null): Caller => ({
  ...{ token, who: 'unknown', role: null, auth: 'none', subject: null },
});
const SUBJECT = 'repo:acme/app:ref:refs/heads/main';

const pathTo = (id: OperationId): string => {
  const params = Object.keys(HOST_API[id].params.shape).map((name) => [name, name === 'n' ? '1' : 'nobody']);
  const query: Record<string, string> = 'session' in HOST_API[id].query.shape ? { session: 'ab12' } : {};
  return pathOf(id, Object.fromEntries(params), query);
};
/** Whatever is thrown that has no status of its own is a 500. */
const call = async (id: OperationId, token: string | null, body: unknown = {}): Promise<number> => {
  const { method } = HOST_API[id];
  const [path = '', query = ''] = pathTo(id).split('?');
  const credential = token === null ? null : ({ kind: 'bearer', token } as const);
  const request = { method, path, query: new Map(new URLSearchParams(query)), credential, lastEventId: null };
  // Whoever was refused a minute ago is not refused for that
  kit.time.monotonic += 60_000;
  try {
    const answer = await handler({ ...request, body: async () => (method === 'POST' ? body : undefined) });
    return 'events' in answer ? 200 : answer.status;
  } catch (error) {
    return error instanceof EntangleError ? HTTP_STATUS[error.code] : 500;
  }
};

beforeAll(async () => {
  const now = () => Math.floor(kit.time.now / 1000);
  issuer = await testIssuer('https://issuer.example', now);
  kit = hostKit({ verifyIdentity: verifierOf(issuer, { monotonic: () => 1_000_000 }) });
  handler = hostApi(kit.host);
  const made = async (name: string, role: OperatorRole, expiresAt: number | null): Promise<string> => {
    const token = newToken(kit.home.random.bytes);
    const body = { name, role, sha256: tokenDigest(kit.home.suite, token), expiresAt };
    expect(await call('operators.add', kit.token, body)).toBe(200);
    secrets.push(token);
    return token;
  };
  callers.set('none', nobody(null));
  callers.set('wrong', nobody('x'.repeat(68)));
  callers.set('expired', nobody(await made('brief', 'admin', START + 10)));
  kit.time.now += 10_000;
  for (const role of OPERATOR_ROLES) {
    callers.set(role, {
      token: await made(role, role, null),
      who: role,
      role,
      auth: 'bearer',
      subject: null,
    });
    const bound = { name: `oidc-${role}`, role, issuer: issuer.url, audience: 'entangle', keys: null };
    expect(await call('operators.bind', kit.token, { ...bound, claims: { as: role } })).toBe(200);
    const identity = await issuer.sign({ claims: { as: role } });
    const { status, body } = await kit.ask('POST', pathOf('tokens.issue', {}, {}), { identity }, null);
    expect(status).toBe(200);
    const token = `${body.token}`;
    secrets.push(token, identity);
    callers.set(`OIDC ${role}`, { token, who: `oidc-${role}`, role, auth: 'oidc', subject: SUBJECT });
  }
});

const KINDS = [
  'none',
  'wrong',
  'expired',
  ...OPERATOR_ROLES,
  ...OPERATOR_ROLES.map((role) => `OIDC ${role}`),
];
const rank = (role: OperatorRole | null): number => (role === null ? -1 : OPERATOR_ROLES.indexOf(role));

describe.each(operationIds())('%s', (id) => {
  test.each(KINDS)('asked by %s', async (kind) => {
    const caller = callers.get(kind);
    if (!caller) throw new Error(kind);
    const before = kit.records().length;
    const status = await call(id, caller.token);
    const records = kit.records().slice(before);
    const { who, auth, subject } = caller;
    const truth = { who, role: caller.role ?? 'none', auth, subject, method: 'POST' };
    if (!isGuarded(id)) {
      // Its body says who asks, and here it says nothing
      expect([status, records.length]).toEqual(caller.token === null ? [422, 1] : [400, 0]);
      return;
    }
    const { role, method } = HOST_API[id];
    const isLetIn = rank(caller.role) >= rank(role);
    if (!isLetIn) expect(status).toBe(caller.role === null ? 401 : 403);
    else if (method === 'POST') expect([404, 422]).toContain(status);
    else expect([200, 404]).toContain(status);
    if (method === 'GET') expect(records).toEqual([]);
    else if (!isLetIn)
      expect(records).toMatchObject([
        { ...truth, outcome: caller.role === null ? 'unauthenticated' : 'forbidden' },
      ]);
    else
      expect(records).toMatchObject([
        { ...truth, outcome: 'asked' },
        { ...truth, outcome: status === 404 ? 'not_found' : 'invalid' },
      ]);
  });
});

test('of all that, no token and no identity token is in the ledger', () => {
  const text = JSON.stringify(kit.lines);
  expect(secrets.length).toBe(1 + 3 * OPERATOR_ROLES.length);
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
test('no body is a fault of the Host, whatever is in it', { timeout: 3_600_000 }, async () => {
  const rows = operationIds().filter((id) => HOST_API[id].method === 'POST' && !isStream(id));
  const bodies = fc.constantFrom(...rows).chain((id) => {
    const fields = Object.fromEntries(Object.keys(HOST_API[id].body.shape).map((name) => [name, values]));
    const body = fc.oneof(values, fc.record(fields), fc.record(fields, { requiredKeys: [] }));
    return fc.tuple(fc.constant(id), body);
  });
  await fc.assert(
    fc.asyncProperty(bodies, async ([id, body]) => {
      const status = await call(id, isGuarded(id) ? kit.token : null, body);
      expect(status, id).toBeLessThan(500);
    }),
    { numRuns: RUNS },
  );
});
