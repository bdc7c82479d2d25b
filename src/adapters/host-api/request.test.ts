/** The bounds of a Host API request: the last one that is taken and the first one that is refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ApiRequest, ApiServer } from '../../ports/index.ts';
import { serveApi } from './server.ts';

const BODY_BYTES = 100;
let base: string;
let server: ApiServer;
let seen: ApiRequest[] = [];
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'api-'));
  server = await serveApi(
    { socket: join(base, 'api', 's'), limits: { bodyBytes: BODY_BYTES } },
    async (request) => {
      await request.body();
      seen.push(request);
      return { status: 200, body: null };
    },
  );
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  await server.close();
  rmSync(base, { recursive: true });
});

/** Sends bytes as they are; the status of what came back. */
const send = (text: string): Promise<number> =>
  new Promise((resolve) => {
    let got = '';
    const client = connect(join(base, 'api', 's'), () => client.write(text));
    client.on('data', (chunk) => {
      got += chunk.toString('latin1');
    });
    client.on('error', () => {});
    client.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(got)?.[1])));
  });
const get = (target: string, ...headers: string[]): string =>
  [
    `GET ${target} HTTP/1.1`,
    'connection: close',
    ...(headers.length > 0 ? headers : ['host: localhost']),
    '',
    '',
  ].join('\r\n');
const post = (body: string, type = 'application/json', length: string | number = body.length): string =>
  [
    'POST /v1/x HTTP/1.1',
    'host: localhost',
    'connection: close',
    `content-type: ${type}`,
    `content-length: ${length}`,
    '',
    body,
  ].join('\r\n');
const local = ['host: localhost'];
const parts = (count: number) => '/x'.repeat(count);
const query = (count: number) => Array.from({ length: count }, (_, i) => `a${i}=1`).join('&');
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('T67-T74: taken', () => {
  test.each<[string, string]>([
    ['twelve parts', get(parts(12))],
    ['a part of 256 characters', get(`/${'x'.repeat(256)}`)],
    ['every letter that a part may have', get('/aZ09_.:@~-')],
    ['sixteen parameters', get(`/v1/x?${query(16)}`)],
    ['a parameter’s name of 32 characters', get(`/v1/x?a${'b'.repeat(31)}=1`)],
    ['a target of 4,096 characters', get(`/v1/x?a=${'1'.repeat(4_096 - 8)}`)],
    ['a token of 512 characters', get('/v1/x', ...local, `authorization: Bearer ${'t'.repeat(512)}`)],
    ['a scheme in lower case', get('/v1/x', ...local, 'authorization: bearer t')],
    ['a body of the limit', post(`"${'x'.repeat(BODY_BYTES - 2)}"`)],
    ['a charset', post('{}', 'application/json; charset=UTF-8')],
    ['a charset without a space', post('{}', 'application/json;charset=utf-8')],
    ['a body nested 32 deep', post(deep(32))],
    ['no length at all on a GET', get('/v1/x')],
    ['a length of nothing on a GET', get('/v1/x', ...local, 'content-length: 0')],
  ])('%s', async (_what, bytes) => {
    expect(await send(bytes)).toBe(200);
    expect(seen).toHaveLength(1);
  });
});

describe('T67-T74: refused before the handler', () => {
  test.each<[string, string, number]>([
    ['thirteen parts', get(parts(13)), 400],
    ['a part of 257 characters', get(`/${'x'.repeat(257)}`), 400],
    ['an empty path', get('/'), 400],
    ['a part that is one dot', get('/v1/.'), 400],
    ['a part that is two dots', get('/v1/..'), 400],
    ['a letter beyond ASCII', get('/v1/é'), 400],
    ['seventeen parameters', get(`/v1/x?${query(17)}`), 400],
    ['a parameter’s name of 33 characters', get(`/v1/x?a${'b'.repeat(32)}=1`), 400],
    ['a parameter’s name that begins with a digit', get('/v1/x?1a=1'), 400],
    ['a parameter’s name with a dot', get('/v1/x?a.b=1'), 400],
    ['a parameter without a name', get('/v1/x?=1'), 400],
    ['a secret in a parameter’s name', get('/v1/x?clientSecret=1'), 400],
    ['a password in a parameter’s name', get('/v1/x?password=1'), 400],
    ['a target of 4,097 characters', get(`/v1/x?a=${'1'.repeat(4_097 - 8)}`), 400],
    ['a token of 513 characters', get('/v1/x', ...local, `authorization: Bearer ${'t'.repeat(513)}`), 401],
    ['a token with a space', get('/v1/x', ...local, 'authorization: Bearer a b'), 401],
    ['a word before the scheme', get('/v1/x', ...local, 'authorization: x Bearer t'), 401],
    ['no Host', get('/v1/x', 'x: y'), 400],
    ['an empty Host', get('/v1/x', 'host: '), 421],
    ['another Host', get('/v1/x', 'host: localhost.evil'), 421],
    ['a content type twice', get('/v1/x', ...local, 'content-type: a/b', 'content-type: a/b'), 400],
    ['a method in another header', get('/v1/x', ...local, 'x-http-method: POST'), 400],
    ['a method in a third header', get('/v1/x', ...local, 'x-method-override: POST'), 400],
    ['a cookie', get('/v1/x', ...local, 'cookie: token=abc'), 400],
    ['an expectation', get('/v1/x', ...local, 'expect: x'), 400],
    ['a content encoding on a GET', get('/v1/x', ...local, 'content-encoding: identity'), 415],
    ['PUT', get('/v1/x').replace('GET', 'PUT'), 405],
    ['HEAD', get('/v1/x').replace('GET', 'HEAD'), 405],
    ['a body of one byte over the limit', post(`"${'x'.repeat(BODY_BYTES - 1)}"`), 413],
    ['a length with a sign', post('{}', 'application/json', '+2'), 400],
    ['a length of thirteen digits', post('{}', 'application/json', '0000000000002'), 400],
    ['a body nested 33 deep', post(deep(33)), 400],
    ['a body that begins with a byte order mark', post('\ufeff{}', 'application/json', 5), 400],
    ['another type that begins alike', post('{}', 'application/jsonx'), 415],
    ['a type with a boundary', post('{}', 'application/json; boundary=x'), 415],
    ['a type after another', post('{}', 'text/plain, application/json'), 415],
    ['a body of one byte on a GET', `${get('/v1/x', ...local, 'content-length: 1')}1`, 400],
  ])('%s', async (_what, bytes, status) => {
    expect(await send(bytes)).toBe(status);
    expect(seen).toEqual([]);
  });
});
