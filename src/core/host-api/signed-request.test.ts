/** NIP-98 as the Host reads it: each rule has the one event that only it refuses, and nostr-tools agrees about what is right. */
import * as nip98 from 'nostr-tools/nip98';
import { finalizeEvent } from 'nostr-tools/pure';
import { describe, expect, test } from 'vitest';
import { type Change, testKey, withTag } from '../../../test/support/signed-requests.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { toBase64, utf8 } from '../encoding/bytes.ts';
import { type SignedEvent, signEvent } from '../nostr/event.ts';
import { readAuthorization, writeAuthorization } from './credential.ts';
import {
  checkSignedRequest,
  isSignedBody,
  payloadOf,
  REQUEST_RULES,
  requestTemplate,
  useOf,
  writeSignedRequest,
} from './signed-request.ts';

const NOW = 1_795_000_000;
const HOST = testKey(7).pubkey;
const BODY = utf8('{"name":"ci"}');
const asked = { method: 'POST', url: 'https://host.example:8443/v1/operators?x=1', host: HOST } as const;
const signed = (change: Change = (template) => template, aux = 1): SignedEvent => {
  const payload = payloadOf(suiteWasm, BODY);
  const template = change(requestTemplate({ ...asked, payload }, NOW));
  return signEvent(suiteWasm, template, testKey(1).secretKey, new Uint8Array(32).fill(aux));
};
const checked = (text: string, more: object = {}) =>
  checkSignedRequest(text, { ...asked, suite: suiteWasm, now: NOW, ...more });
const of = (event: unknown): string => toBase64(utf8(JSON.stringify(event)));
const created =
  (at: number): Change =>
  (template) => ({ ...template, created_at: at });
const twice =
  (name: string): Change =>
  (template) => ({ ...template, tags: [...template.tags, ...template.tags.filter(([tag]) => tag === name)] });

const WRONG: readonly [string, string, string][] = [
  ['request_host', 'of another Host', of(signed(withTag('p', testKey(8).pubkey)))],
  ['request_method', 'of another method', of(signed(withTag('method', 'GET')))],
  ['request_url', 'without its query', of(signed(withTag('u', 'https://host.example:8443/v1/operators')))],
  ['request_url', 'of another scheme', of(signed(withTag('u', asked.url.replace('https', 'http'))))],
  ['request_expired', 'of 61 seconds ago', of(signed(created(NOW - 61)))],
  ['request_early', 'of 61 seconds later', of(signed(created(NOW + 61)))],
  [
    'request_signature',
    'with the signature of another',
    of({ ...signed(), sig: signed(withTag('x', '')).sig }),
  ],
  ['request_signature', 'with another id', of({ ...signed(), id: '0e'.repeat(32) })],
];
const MALFORMED: readonly [string, string][] = [
  ['no base64', '%%%'],
  ['no JSON', toBase64(utf8('{'))],
  ['no UTF-8', toBase64(Uint8Array.of(0xff))],
  ['a key twice', toBase64(utf8(JSON.stringify(signed()).replace('{', '{"kind":1,')))],
  ['a member more', of({ ...signed(), more: 1 })],
  ['a number', of(7)],
  ['another kind', of(signed((template) => ({ ...template, kind: 1 })))],
  ['with a content', of(signed((template) => ({ ...template, content: 'x' })))],
  ...['u', 'method', 'p', 'payload'].map((name): [string, string] => [
    `${name} twice`,
    of(signed(twice(name))),
  ]),
  [
    'a URL of two values',
    of(signed((t) => ({ ...t, tags: t.tags.map((tag) => (tag[0] === 'u' ? [...tag, 'y'] : tag)) }))),
  ],
  ['as deep as it fits', toBase64(utf8(`${'['.repeat(2_000)}${']'.repeat(2_000)}`))],
];

describe('T181 a signed request', () => {
  test('is taken for its method, URL and Host, a minute before and after its time', () => {
    for (const at of [NOW - 60, NOW, NOW + 60])
      expect(checked(of(signed(created(at))))).toMatchObject({ kind: 27235 });
    expect(
      checked(of(signed((template) => ({ ...template, tags: [...template.tags, ['x', 'y', 'z']] })))),
    ).toBeTypeOf('object');
  });
  test.each(WRONG)('is refused as %s: %s', (reason, _what, text) => {
    expect(checked(text)).toBe(reason);
    const others = REQUEST_RULES.filter((rule) => rule.reason !== reason);
    const event = JSON.parse(Buffer.from(text, 'base64').toString());
    const at = { ...asked, suite: suiteWasm, now: NOW };
    expect(others.filter(({ refuses }) => refuses(event, at))).toEqual([]);
  });
  test('has a row for each rule', () => {
    const reasons = new Set(WRONG.map(([reason]) => reason));
    expect(REQUEST_RULES.map(({ reason }) => reason).filter((reason) => !reasons.has(reason))).toEqual([]);
  });
  test.each(MALFORMED)('is none: %s', (_what, text) => expect(checked(text)).toBe('request_malformed'));
  test('is of one body', () => {
    const event = signed();
    expect(isSignedBody(event, suiteWasm, BODY)).toBe(true);
    expect(isSignedBody(event, suiteWasm, utf8('{"name":"cj"}'))).toBe(false);
    expect(isSignedBody(event, suiteWasm, new Uint8Array())).toBe(false);
    const without = signed(withTag('payload', null));
    expect(isSignedBody(without, suiteWasm, new Uint8Array())).toBe(true);
    expect(isSignedBody(without, suiteWasm, BODY)).toBe(false);
  });
  test('is remembered by its signature, so that nothing can be told of its body by trying', () => {
    const [one, other] = [signed(undefined, 1), signed(undefined, 2)];
    expect(one.id).toBe(other.id);
    expect(useOf(suiteWasm, one)).not.toBe(useOf(suiteWasm, other));
    expect(useOf(suiteWasm, one)).toBe(useOf(suiteWasm, { ...one }));
  });
  test('stands in its header as it is read there', () => {
    const credential = { kind: 'nostr', event: writeSignedRequest(signed()) } as const;
    expect(readAuthorization(writeAuthorization(credential))).toEqual(credential);
    for (const wrong of [
      'Nostr ',
      'Nostr a b',
      'Nostr a===',
      `Nostr ${'a'.repeat(12_289)}`,
      'Bearer x, Nostr eA==',
    ])
      expect(readAuthorization(wrong), wrong).toBeNull();
  });
});

describe('NIP-98 as nostr-tools has it', () => {
  test('takes what we sign', async () => {
    const now = Math.floor(Date.now() / 1000);
    const body = { name: 'ci' };
    const payload = payloadOf(suiteWasm, utf8(JSON.stringify(body)));
    const template = requestTemplate({ ...asked, payload }, now);
    const event = signEvent(suiteWasm, template, testKey(1).secretKey, new Uint8Array(32).fill(3));
    const token = writeAuthorization({ kind: 'nostr', event: writeSignedRequest(event) });
    expect(await nip98.validateToken(token, asked.url, 'POST')).toBe(true);
    const unpacked = await nip98.unpackEventFromToken(token);
    expect(nip98.validateEventPayloadTag(unpacked, body)).toBe(true);
  });
  test('signs what we take, once it names the Host', async () => {
    const sign = (more: string[][]) => (template: Parameters<typeof finalizeEvent>[0]) =>
      finalizeEvent({ ...template, tags: [...template.tags, ...more] }, testKey(1).secretKey);
    const token = (more: string[][]) => nip98.getToken(asked.url, 'POST', sign(more), false, { name: 'ci' });
    const now = Math.floor(Date.now() / 1000);
    expect(checked(await token([['p', HOST]]), { now })).toMatchObject({ pubkey: testKey(1).pubkey });
    expect(checked(await token([]), { now })).toBe('request_host');
  });
});
