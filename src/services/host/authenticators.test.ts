/** Who asks: the first authenticator that knows the caller decides, and the record says by what. */
import { describe, expect, test } from 'vitest';
import { hostKit } from '../../../test/support/host-kit.ts';
import { pathOf } from '../../core/host-api/route.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { AUTHENTICATORS, type Authenticator, authenticate } from './authenticators.ts';

const requestWith = (credential: ApiRequest['credential']): ApiRequest => ({
  method: 'GET',
  path: pathOf('status.show', {}, {}),
  query: new Map(),
  body: async () => undefined,
  credential,
  lastEventId: null,
});
const bearer = (token: string) => requestWith({ kind: 'bearer', token });

describe('authenticators', () => {
  test('a bearer token is the operator that it was made for; another one and none are nobody', async () => {
    const { home, token } = hostKit();
    expect(await authenticate(home, bearer(token))).toEqual({
      name: 'bootstrap',
      role: 'admin',
      auth: 'bearer',
      subject: null,
      until: null,
    });
    for (const request of [bearer('x'.repeat(68)), bearer(''), requestWith(null)])
      expect(await authenticate(home, request)).toBeNull();
  });

  test('are asked in order until one knows the caller, and none of them without a credential', async () => {
    const { home, token } = hostKit();
    const asked: string[] = [];
    const named =
      (name: string, knows: boolean): Authenticator =>
      async () => {
        asked.push(name);
        return knows ? { name, role: 'viewer', auth: 'bearer', subject: `repo:${name}`, until: null } : null;
      };
    const list = [named('first', false), named('second', true), ...AUTHENTICATORS];
    expect(await authenticate(home, bearer(token), list)).toMatchObject({
      name: 'second',
      subject: 'repo:second',
    });
    expect(asked).toEqual(['first', 'second']);
    expect(await authenticate(home, requestWith(null), list)).toBeNull();
    expect(await authenticate(home, bearer(token), [])).toBeNull();
    expect(asked).toHaveLength(2);
  });
});

test('a mutation is on record with its principal, by what that one was known, before it acts and afterwards', async () => {
  const kit = hostKit();
  const path = pathOf('invites.create', {}, {});
  const body = { role: 'user', name: 'alice', expiresMs: 60_000 };
  expect(await kit.ask('POST', path, body)).toMatchObject({ status: 200 });
  expect(await kit.ask('POST', path, body, 'x'.repeat(68))).toMatchObject({ status: 401 });
  const principal = { who: 'bootstrap', role: 'admin', auth: 'bearer', subject: null, route: path };
  expect(kit.records()).toMatchObject([
    { ...principal, outcome: 'asked' },
    { ...principal, outcome: 'done' },
    { who: 'unknown', role: 'none', auth: 'none', subject: null, outcome: 'unauthenticated' },
  ]);
});
