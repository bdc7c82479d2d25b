/** The table as server and client use it: paths both ways, parts refused, answers checked. */
import { describe, expect, test } from 'vitest';
import { callHost, type HostClient, type HostStream, streamHost } from './client.ts';
import { readAuthorization, writeAuthorization } from './credential.ts';
import { findOperation, pathOf } from './route.ts';
import { HOST_API, operationIds } from './table.ts';

const rows = operationIds().map((id) => ({ id, ...HOST_API[id] }));
const placesOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

test('an Authorization header is read as it is written: one bearer token of at most 512 characters', () => {
  const longest = { kind: 'bearer', token: 't'.repeat(512) } as const;
  expect(readAuthorization(writeAuthorization(longest))).toEqual(longest);
  for (const wrong of [`Bearer ${'t'.repeat(513)}`, 'Bearer ', 'Bearer a b', 'Basic dDp0', 'Bearer a\n'])
    expect(readAuthorization(wrong), wrong).toBeNull();
});

describe('each row', () => {
  test('names in its path the parameters it declares, and is found by that path alone', () => {
    for (const { id, method, path, params } of rows) {
      expect(placesOf(path), id).toEqual(Object.keys(params.shape));
      const values = Object.fromEntries(placesOf(path).map((name) => [name, '7']));
      expect(findOperation(method, pathOf(id, values, {})), id).toEqual({ id, params: values });
    }
  });
  test('has a place of its own: no two paths of one method can mean the same request', () => {
    const shapes = rows.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '*')}`);
    expect(new Set(shapes).size).toBe(rows.length);
    for (const { method, path } of rows)
      for (const other of rows)
        if (other.path !== path && other.method === method)
          expect(findOperation(method, path.replace(/\{\w+\}/g, 'x'))?.id).not.toBe(other.id);
  });
  test('changes something only by POST, and only GET has a query', () => {
    for (const { id, method, body, query, role } of rows) {
      if (method === 'GET') expect(Object.keys(body.shape), id).toEqual([]);
      else expect([Object.keys(query.shape), role === 'viewer'], id).toEqual([[], false]);
    }
  });
  test('has a sentence', () => {
    for (const { id, doc } of rows) expect(doc, id).toMatch(/^[A-Z].{10,}\.$/);
  });
});

test('a path that no row has is no operation, whatever it looks like', () => {
  const paths = [
    '',
    '/',
    '/v1',
    '/v1/status/',
    '/v1/Status',
    '/v1/runners/x/trust/y',
    '/v2/status',
    '/v1/{name}',
  ];
  for (const path of paths) expect(findOperation('GET', path), path).toBeNull();
  expect(findOperation('POST', '/v1/status')).toBeNull();
  expect(findOperation('DELETE', '/v1/status')).toBeNull();
});

describe('a client', () => {
  const answering = (answer: unknown) => {
    const sent: unknown[] = [];
    const client: HostClient = async (request) => {
      sent.push(request);
      return answer;
    };
    return { client, sent };
  };
  const operator = {
    ...({ name: 'ci', role: 'viewer', state: 'active', expires: null, revoked: null } as const),
    ...({ method: 'bearer', identity: null, key: null } as const),
  };

  test('sends method, path, query and body as the row says', async () => {
    const page = answering({ items: [], next: null });
    await callHost(page.client, 'graph.history', { query: { cursor: '12' } });
    await callHost(page.client, 'graph.history');
    const one = answering(operator);
    await callHost(one.client, 'operators.revoke', { params: { name: 'ci' } });
    expect([...page.sent, ...one.sent]).toEqual([
      { method: 'GET', path: '/v1/graph/revisions?cursor=12' },
      { method: 'GET', path: '/v1/graph/revisions' },
      { method: 'POST', path: '/v1/operators/ci/revoke', body: {} },
    ]);
  });

  test('refuses what the Host would refuse, and asks it nothing', async () => {
    const { client, sent } = answering(operator);
    const revoke = (name: string) => callHost(client, 'operators.revoke', { params: { name } });
    for (const name of ['..', '../../up', 'a/b', 'a b', '', '?x', 'x'.repeat(129), 'é'])
      await expect(revoke(name), name).rejects.toMatchObject({
        code: 'usage',
        message: `invalid name: "${name.slice(0, 80)}"`,
      });
    const add = (more: object) =>
      callHost(client, 'operators.add', {
        body: { name: 'ci', role: 'viewer', sha256: 'ab'.repeat(32), expiresAt: null, ...more },
      });
    for (const [more, message] of [
      [{ name: 'CI' }, 'name: must be a name: 1 to 63 of a-z, 0-9 and -, beginning with a letter'],
      [{ role: 'root' }, 'role: must be one of viewer, editor, admin'],
      [{ sha256: 'ab' }, 'sha256: must be 32 bytes in hex: 64 characters of 0-9 and a-f'],
      [{ expiresAt: -1 }, 'expiresAt: must be at least 0'],
      [{ expiresAt: undefined }, 'expiresAt: is missing'],
      [{ token: 'x' }, 'request body: unknown field "token"'],
    ] as const)
      await expect(add(more), message).rejects.toMatchObject({ code: 'invalid', message });
    await expect(callHost(client, 'graph.history', { query: { cursor: 'x' } })).rejects.toMatchObject({
      code: 'usage',
      message: 'invalid cursor: "x"',
    });
    expect(sent).toEqual([]);
  });

  test('gives of an answer what the row promises, and nothing where that is not there', async () => {
    const more = answering({ ...operator, since: 'later version' });
    expect(await callHost(more.client, 'operators.revoke', { params: { name: 'ci' } })).toEqual(operator);
    for (const answer of [null, {}, { ...operator, state: 'asleep' }, { ...operator, expires: 1 }])
      await expect(
        callHost(answering(answer).client, 'operators.revoke', { params: { name: 'ci' } }),
      ).rejects.toMatchObject({ code: 'unavailable', hint: expect.stringContaining('same version') });
  });
});

describe('a stream', () => {
  const entry = {
    ...{
      cursor: '7',
      at: '2026-11-27T12:03:07.000Z',
      what: 'turn',
      session: 's',
      node: 'builder',
      state: 'done',
    },
    ...{ detail: {}, signer: { name: null, role: null, npub: 'npub1x' }, event: 'ab'.repeat(32) },
    ...{ controller: null, evidence: [] },
  };
  const given: unknown[] = [];
  const streaming = (...events: ({ cursor: string; data: unknown } | null)[]): HostStream =>
    async function* ({ path, cursor }) {
      given.push([path, cursor]);
      yield* events;
    };
  const read = async (stream: HostStream, session = 'ab12') => {
    const { signal } = new AbortController();
    const events: unknown[] = [];
    const parts = { query: { session } };
    for await (const event of streamHost(stream, 'trace.follow', parts, { cursor: '7', signal }))
      events.push(event);
    return events;
  };

  test('is opened as the row says, and each event is what it promises', async () => {
    const events = [null, { cursor: '8', data: { ...entry, since: 'later version' } }];
    expect(await read(streaming(...events))).toEqual([null, { cursor: '8', value: entry }]);
    expect(given.splice(0)).toEqual([['/v1/trace/events?session=ab12', '7']]);
  });
  test('with what the Host would refuse is not opened', async () => {
    await expect(read(streaming(), '../up')).rejects.toMatchObject({
      code: 'usage',
      message: 'invalid session: "../up"',
      hint: 'see `entangle host session list`',
    });
    expect(given).toEqual([]);
  });
  test('with an event of another shape is not understood', async () => {
    const other = streaming({ cursor: '8', data: { ...entry, what: 'rumour' } });
    await expect(read(other)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
