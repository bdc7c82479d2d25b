import { describe, expect, test } from 'vitest';
import { toBase64, utf8 } from '../encoding/bytes.ts';
import { type Invite, readInvite, writeInvite } from './invite.ts';

const invite: Invite = {
  host: '1a'.repeat(32),
  recovery: '2b'.repeat(32),
  relays: ['wss://relay.example'],
  graph: `${'1a'.repeat(32)}/acme`,
  role: 'runner',
  name: 'builder-1',
  id: '018f0000-0000-7000-8000-000000000001',
  secret: '3c'.repeat(16),
  expiresAt: 1_800_000_000,
};
const written = writeInvite(invite);
const encoded = (json: string): string => `entangle-invite1.${toBase64(utf8(json)).replaceAll('=', '')}`;
const longest = encoded(JSON.stringify(invite) + ' '.repeat(2000));

test('an invite is one word of letters that no shell and no URL changes, and is read back', () => {
  expect(written).toMatch(/^entangle-invite1\.[\w-]+$/);
  expect(readInvite(written)).toEqual(invite);
  expect(readInvite(`\n  ${written}\r\n`)).toEqual(invite);
});

test('it is read up to 32,768 characters', () => {
  const json = JSON.stringify(invite);
  const fill = (length: number): string => {
    let spaces = Math.floor((length - encoded(json).length) * 0.7);
    while (encoded(json + ' '.repeat(spaces)).length < length) spaces += 1;
    return encoded(json + ' '.repeat(spaces));
  };
  expect([32_768, 32_769]).toEqual([fill(32_768), fill(32_769)].map((text) => text.length));
  expect(readInvite(fill(32_768))).toEqual(invite);
  expect(() => readInvite(fill(32_769))).toThrow('not an invite');
});

describe('what is no invite is refused with the same words', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['another prefix', written.replace('invite1', 'invite2')],
    ['the same without its prefix', written.slice('entangle-invite1.'.length)],
    ['a beginning of it', written.slice(0, -9)],
    ['no base64', 'entangle-invite1.{}'],
    ['no JSON', encoded('hello')],
    ['a key said twice', encoded(JSON.stringify(invite).replace('{', '{"role":"user",'))],
    ['a role that joins nothing', encoded(JSON.stringify({ ...invite, role: 'host' }))],
    ['a member more', encoded(JSON.stringify({ ...invite, trusted: true }))],
    ['no relay', encoded(JSON.stringify({ ...invite, relays: [] }))],
    ['a good one with much behind it', `${longest}${longest.slice('entangle-invite1.'.length)}`],
  ])('%s', (_what, text) => {
    expect(() => readInvite(text)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        message: 'this is not an invite',
        hint: 'use the whole string printed by `entangle host invite`; it starts with entangle-invite1.',
      }),
    );
  });
});
