/** Who asks: the first authenticator that knows the caller decides, and the record says by what. */

import { describe, expect, test } from 'vitest';
import { askedRequest } from '../../../test/support/asked-request.ts';
import { hostKit } from '../../../test/support/host-kit.ts';
import { pathOf } from '../../core/host-api/route.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { AUTHENTICATORS, type Authenticator, authenticate } from './authenticators.ts';

const requestWith = (credential: ApiRequest['credential']): ApiRequest =>
  askedRequest({ method: 'GET', path: pathOf('status.show', {}, {}), credential });
const bearer = (token: string) => requestWith({ kind: 'bearer', token });

describe('authenticators', () => {
  test('a bearer token is the operator that it was made for; another one and none are nobody', async () => {
    const { host, token } = hostKit();
    expect(await authenticate(host, bearer(token))).toEqual({
      name: 'bootstrap',
      role: 'admin',
      auth: 'bearer',
      subject: null,
      until: null,
    });
    for (const request of [bearer('x'.repeat(68)), bearer(''), requestWith(null)])
      expect(await authenticate(host, request)).toBeNull();
  });

  test('are asked in order until one knows the caller, and none of them without a credential', async () => {
    const { host, token } = hostKit();
    const asked: string[] = [];
    const named =
      (name: string, knows: boolean): Authenticator =>
      async () => {
        asked.push(name);
        return knows ? { name, role: 'viewer', auth: 'bearer', subject: `repo:${name}`, until: null } : null;
      };
    const list = [named('first', false), named('second', true), ...AUTHENTICATORS];
    expect(await authenticate(host, bearer(token), list)).toMatchObject({
      name: 'second',
      subject: 'repo:second',
    });
    expect(asked).toEqual(['first', 'second']);
    expect(await authenticate(host, requestWith(null), list)).toBeNull();
    expect(await authenticate(host, bearer(token), [])).toBeNull();
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
