/** The relay's rules one by one: for each the value that only it refuses, and the last one that it takes. */
import { describe, expect, test } from 'vitest';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Clock } from '../../ports/index.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';
import { authority, authRefusal, socketAuthority } from './auth.ts';
import { addressOf, expiryOf, isEphemeral, readRelayEvent, recipientOf } from './event.ts';
import { type Filter, matches, onlyWraps, readFilters } from './filter.ts';
import { Owner } from './owner.ts';
import { Policy } from './policy.ts';

const hex = (n: number, length = 64) => n.toString(16).padStart(length, '0');
const NOW = 1_800_000_000;
const event = (over: Partial<SignedEvent> = {}): SignedEvent => ({
  id: hex(1),
  pubkey: hex(2),
  created_at: NOW,
  kind: 1059,
  tags: [['p', hex(3)]],
  content: 'x',
  sig: hex(4, 128),
  ...over,
});

describe('the shape of an event', () => {
  test.each<[string, Record<string, unknown>]>([
    ['nothing more', {}],
    ['time 0', { created_at: 0 }],
    ['the last time', { created_at: 2 ** 40 }],
    ['kind 0', { kind: 0 }],
    ['the last kind', { kind: 65_535 }],
    ['2,000 tags', { tags: Array(2_000).fill(['x']) }],
    ['an empty tag', { tags: [[]] }],
  ])('is right: %s', (_what, over) => {
    expect(readRelayEvent({ ...event(), ...over, seen: ['wss://r'] })).toEqual({ ...event(), ...over });
  });

  test.each<[string, Record<string, unknown>]>([
    ['id too long', { id: `${hex(1)}0` }],
    ['id too short', { id: hex(1).slice(1) }],
    ['id in upper case', { id: 'A'.repeat(64) }],
    ['id of another type', { id: [hex(1)] }],
    ['author too long', { pubkey: `${hex(2)}0` }],
    ['author of another type', { pubkey: null }],
    ['signature too long', { sig: `${hex(4, 128)}0` }],
    ['signature too short', { sig: hex(4, 127) }],
    ['signature in upper case', { sig: 'A'.repeat(128) }],
    ['signature of another type', { sig: [hex(4, 128)] }],
    ['time before 1970', { created_at: -1 }],
    ['time of a far future', { created_at: 2 ** 40 + 1 }],
    ['time with a fraction', { created_at: 1.5 }],
    ['time as text', { created_at: '1' }],
    ['kind below 0', { kind: -1 }],
    ['kind beyond the last', { kind: 65_536 }],
    ['kind as text', { kind: '1' }],
    ['content of another type', { content: null }],
    ['tags of another type', { tags: { length: 0 } }],
    ['2,001 tags', { tags: Array(2_001).fill(['x']) }],
    ['a tag of another type', { tags: ['p'] }],
    ['a number in a tag', { tags: [['p', 1]] }],
  ])('is wrong: %s', (_what, over) => {
    expect(readRelayEvent({ ...event(), ...over })).toBeUndefined();
  });

  test.each([null, undefined, 1, 'x', [], [event()]])('%j is no event', (value) => {
    expect(readRelayEvent(value)).toBeUndefined();
  });
});

describe('what an event says of itself', () => {
  test.each<[string | undefined, number]>([
    [undefined, Number.POSITIVE_INFINITY],
    ['0', 0],
    ['1800000000', 1_800_000_000],
    ['9'.repeat(15), 999_999_999_999_999],
    ['9'.repeat(16), 0],
    ['', 0],
    ['-1', 0],
    ['1.5', 0],
    ['1e9', 0],
    ['x1', 0],
    ['1x', 0],
  ])('expiration %j is %d: nonsense has expired', (text, at) => {
    expect(expiryOf(event({ tags: text === undefined ? [] : [['expiration', text]] }))).toBe(at);
  });

  test.each([
    [1059, hex(3)],
    [21059, hex(3)],
    [1058, undefined],
    [1060, undefined],
    [21058, undefined],
  ])('kind %d is for %s', (kind, recipient) => {
    expect(recipientOf(event({ kind }))).toBe(recipient);
  });

  test.each([
    [19_999, false],
    [20_000, true],
    [29_999, true],
    [30_000, false],
  ])('kind %d is not kept: %s', (kind, isLive) => {
    expect(isEphemeral(kind)).toBe(isLive);
  });

  test('a wrap that names nobody is for nobody, the first name counts', () => {
    expect(recipientOf(event({ tags: [] }))).toBe('');
    expect(recipientOf(event({ tags: [['p'], ['p', hex(3)]] }))).toBe('');
    const two = [
      ['x', hex(9)],
      ['p', hex(3)],
      ['p', hex(4)],
    ];
    expect(recipientOf(event({ tags: two }))).toBe(hex(3));
  });

  test.each([
    [0, true],
    [1, false],
    [3, true],
    [4, false],
    [9_999, false],
    [10_000, true],
    [19_999, true],
    [20_000, false],
    [29_999, false],
    [30_000, true],
    [39_999, true],
    [40_000, false],
  ])('kind %d is replaced by a newer one: %s', (kind, isReplaced) => {
    expect(addressOf(event({ kind })) !== undefined).toBe(isReplaced);
  });

  test('an address is kind, author and, where the kind has one, name', () => {
    const tags = [['d', 'x']];
    expect(addressOf(event({ kind: 10_000, tags }))).toBe(`10000:${hex(2)}:`);
    expect(addressOf(event({ kind: 30_000, tags }))).toBe(`30000:${hex(2)}:x`);
    expect(addressOf(event({ kind: 30_000, tags: [] }))).toBe(`30000:${hex(2)}:`);
  });
});

describe('filters', () => {
  const one = (value: unknown): Filter | string => {
    const read = readFilters([value]);
    return typeof read === 'string' ? read : read[0]!;
  };
  const keys = (count: number) => Array.from({ length: count }, (_, i) => hex(i));

  test.each<[string, unknown[]]>([
    ['20 filters', Array(20).fill({})],
    ['2,000 values', [{ ids: keys(2_000) }]],
    ['2,000 values in two filters', [{ ids: keys(1_000) }, { authors: keys(1_000) }]],
    ['a value of 1,024 characters', [{ '#t': ['x'.repeat(1_024)] }]],
    ['a tag in upper case', [{ '#P': ['x'] }]],
    ['zero', [{ since: 0, until: 0, limit: 0, kinds: [0] }]],
  ])('taken: %s', (_what, values) => {
    expect(readFilters(values)).toEqual(
      values.map(() => expect.objectContaining({ limit: expect.any(Number) })),
    );
  });

  test.each<[string, unknown[], string]>([
    ['none', [], 'no filter'],
    ['21 filters', Array(21).fill({}), 'more than 20 filters'],
    ['2,001 values', [{ ids: keys(2_001) }], 'more than 2000 values'],
    ['2,001 values in two filters', [{ ids: keys(1_000) }, { authors: keys(1_001) }], 'more than 2000'],
    ['a value of 1,025 characters', [{ '#t': ['x'.repeat(1_025)] }], 'does not know'],
    ['a list', [[]], 'not an object'],
    ['null', [null], 'not an object'],
    ['text', ['x'], 'not an object'],
    ['a negative limit', [{ limit: -1 }], 'limit is not a number'],
    ['a fraction', [{ since: 1.5 }], 'since is not a number'],
    ['a time as text', [{ until: '1' }], 'until is not a number'],
    ['a condition that is no list', [{ kinds: 1 }], 'not a list'],
    ['a kind as text', [{ kinds: ['1'] }], 'does not know'],
    ['an id that is none', [{ ids: ['x'] }], 'does not know'],
    ['an author that is none', [{ authors: ['x'] }], 'does not know'],
    ['a number for a tag', [{ '#p': [1] }], 'does not know'],
    ['a list for a tag', [{ '#p': [['x']] }], 'does not know'],
    ['a list for a kind', [{ kinds: [[1]] }], 'does not know'],
    ['a tag of two letters', [{ '#pp': ['x'] }], 'does not know'],
    ['a tag without a letter', [{ '#': ['x'] }], 'does not know'],
    ['a tag after a letter', [{ 'x#p': ['x'] }], 'does not know'],
    ['an unknown condition', [{ search: ['x'] }], 'does not know'],
  ])('refused: %s', (_what, values, words) => {
    expect(readFilters(values)).toContain(words);
  });

  test('a limit is at most 500', () => {
    expect(one({})).toMatchObject({ limit: 500 });
    expect(one({ limit: 500 })).toMatchObject({ limit: 500 });
    expect(one({ limit: 501 })).toMatchObject({ limit: 500 });
    expect(one({ limit: 3 })).toMatchObject({ limit: 3 });
  });

  test.each<[object, boolean]>([
    [{}, true],
    [{ since: NOW, until: NOW }, true],
    [{ since: NOW + 1 }, false],
    [{ until: NOW - 1 }, false],
    [{ kinds: [1, 1059] }, true],
    [{ kinds: [1] }, false],
    [{ kinds: [] }, false],
    [{ ids: [hex(1)] }, true],
    [{ ids: [hex(2)] }, false],
    [{ authors: [hex(2)] }, true],
    [{ authors: [hex(1)] }, false],
    [{ '#p': [hex(3)] }, true],
    [{ '#p': [hex(4)] }, false],
    [{ '#e': [hex(3)] }, false],
    [{ '#p': [hex(3)], '#e': [hex(3)] }, false],
  ])('%j matches: %s', (value, isMatch) => {
    expect(matches(one(value) as Filter, event())).toBe(isMatch);
  });

  test.each<[object, boolean]>([
    [{ kinds: [1059] }, true],
    [{ kinds: [1059, 21059] }, true],
    [{ kinds: [1059, 1] }, false],
    [{}, false],
  ])('%j asks for wraps alone: %s', (value, isOnly) => {
    expect(onlyWraps(one(value) as Filter)).toBe(isOnly);
  });
});

describe('authentication', () => {
  const authorities = new Set(['127.0.0.1:7000']);
  const expected = { challenge: 'c', authorities, now: NOW };
  const proof = (over: Partial<SignedEvent> = {}, relay = 'ws://127.0.0.1:7000', challenge = 'c') => {
    const tags = [
      ['relay', relay],
      ['challenge', challenge],
    ];
    return event({ kind: 22242, tags, ...over });
  };

  test.each<[string, SignedEvent]>([
    ['as asked', proof()],
    ['with a path', proof({}, 'ws://127.0.0.1:7000/x')],
    ['ten minutes old', proof({ created_at: NOW - 600 })],
    ['ten minutes ahead', proof({ created_at: NOW + 600 })],
  ])('taken: %s', (_what, given) => {
    expect(authRefusal(given, expected)).toBeUndefined();
  });

  test.each<[string, SignedEvent, string]>([
    ['of another kind', proof({ kind: 22243 }), 'not an authentication event'],
    ['of another challenge', proof({}, 'ws://127.0.0.1:7000', 'd'), 'another challenge'],
    ['without a challenge', proof({ tags: [['relay', 'ws://127.0.0.1:7000']] }), 'another challenge'],
    ['for another port', proof({}, 'ws://127.0.0.1:7001'), 'another relay'],
    ['for another name', proof({}, 'ws://evil.example:7000'), 'another relay'],
    ['for a page of that name', proof({}, 'http://127.0.0.1:7000'), 'another relay'],
    ['for no URL', proof({}, 'x'), 'another relay'],
    ['with a user name', proof({}, 'ws://evil.example@127.0.0.1:7000'), 'another relay'],
    ['with a password', proof({}, 'ws://:x@127.0.0.1:7000'), 'another relay'],
    ['with an empty user name', proof({}, 'ws://@127.0.0.1:7000'), 'another relay'],
    ['for nobody', proof({ tags: [['challenge', 'c']] }), 'another relay'],
    ['older than ten minutes', proof({ created_at: NOW - 601 }), 'too old'],
    ['later than ten minutes', proof({ created_at: NOW + 601 }), 'too old'],
  ])('refused: %s', (_what, given, words) => {
    expect(authRefusal(given, expected)).toContain(words);
  });

  test.each([
    ['ws://Relay.Example', 'relay.example:80'],
    ['wss://relay.example/x?y', 'relay.example:443'],
    ['wss://relay.example:8443', 'relay.example:8443'],
    ['ws://[::1]:7', '[::1]:7'],
    ['https://relay.example', undefined],
    ['relay.example', undefined],
  ])('%s is %s', (url, name) => {
    expect(authority(url)).toBe(name);
  });

  test.each([
    ['127.0.0.1', '127.0.0.1:7'],
    ['::ffff:127.0.0.1', '127.0.0.1:7'],
    ['::1', '[::1]:7'],
    ['::ffff:1:2', '[::ffff:1:2]:7'],
    ['1::ffff:127.0.0.1', '[1::ffff:127.0.0.1]:7'],
  ])('the socket of %s is %s', (address, name) => {
    expect(socketAuthority(address, 7)).toBe(name);
  });
});

describe('who may publish what', () => {
  const [owner, member, joiner, other] = [hex(10), hex(11), hex(12), hex(13)] as const;
  let monotonic = 0;
  const clock = { now: () => NOW * 1000 + 999, monotonic: () => monotonic } as Pick<
    Clock,
    'now' | 'monotonic'
  > as Clock;
  const list = (part: number, ...keys: string[]): SignedEvent =>
    event({
      kind: 30_000,
      pubkey: owner,
      tags: [
        ['d', part === 1 ? 'entangle/members' : `entangle/members/${part}`],
        ...keys.map((key) => ['p', key]),
      ],
    });
  const owned = (): Policy => {
    const policy = new Policy(new Owner(owner, suiteWasm), clock);
    policy.setMembers(list(1, member));
    return policy;
  };
  const as = (...keys: string[]): ReadonlySet<string> => new Set(keys);
  const toOwner = (over: Partial<SignedEvent> = {}) => event({ tags: [['p', owner]], ...over });

  test.each<[string, SignedEvent, number, ReadonlySet<string>]>([
    ['a wrap', event(), 65_536, as(member)],
    ['an ephemeral wrap', event({ kind: 21059 }), 100, as(member)],
    ['a wrap a quarter of an hour ahead', event({ created_at: NOW + 900 }), 100, as(member)],
    [
      'a wrap that expires in a second',
      event({
        tags: [
          ['p', other],
          ['expiration', String(NOW + 1)],
        ],
      }),
      1,
      as(member),
    ],
    [
      'a wrap with more about its one key',
      event({
        tags: [
          ['x', 'y'],
          ['p', other, 'wss://relay.example'],
        ],
      }),
      100,
      as(member),
    ],
    ['a member’s own deletion', event({ kind: 5, pubkey: member }), 100, as(member)],
    ['anything of the owner', event({ kind: 1 }), 100, as(owner)],
    ['a wrap for the owner of 32 KiB by a joiner', toOwner(), 32_768, as(joiner)],
    ['a joiner who is a member by another key', event(), 100, as(joiner, member)],
  ])('taken: %s', (_what, given, bytes, keys) => {
    expect(owned().refusal(given, bytes, keys)).toBeUndefined();
  });

  test.each<[string, SignedEvent, number, ReadonlySet<string>, string]>([
    ['whoever did not authenticate', event(), 100, as(), 'auth-required'],
    ['a wrap of 64 KiB and one byte', event(), 65_537, as(member), 'more than 65536 bytes'],
    ['a wrap further ahead', event({ created_at: NOW + 901 }), 100, as(member), 'in the future'],
    [
      'a wrap that expires now',
      event({
        tags: [
          ['p', other],
          ['expiration', String(NOW)],
        ],
      }),
      1,
      as(member),
      'expired',
    ],
    ['an authentication', event({ kind: 22242 }), 100, as(owner), 'not an event to publish'],
    ['a wrap for nobody', event({ tags: [] }), 100, as(owner), 'for one key'],
    ['a wrap for no key', event({ tags: [['p', 'x']] }), 100, as(owner), 'for one key'],
    [
      'T123 a wrap for two keys, which no reader takes',
      event({
        tags: [
          ['p', member],
          ['p', other],
        ],
      }),
      100,
      as(owner),
      'for one key',
    ],
    ['a deletion in another’s name', event({ kind: 5, pubkey: other }), 100, as(owner), 'your own key'],
    ['a member’s note', event({ kind: 1, pubkey: member }), 100, as(member), 'only gift wraps'],
    [
      'a member’s list of members',
      event({ kind: 30_000, pubkey: member }),
      100,
      as(member),
      'only gift wraps',
    ],
    [
      'a joiner’s wrap for a member',
      event({ tags: [['p', member]] }),
      100,
      as(joiner),
      'only write to the Host',
    ],
    ['a joiner’s ephemeral wrap', toOwner({ kind: 21059 }), 100, as(joiner), 'only write to the Host'],
    ['a joiner’s note', toOwner({ kind: 1 }), 100, as(joiner), 'only write to the Host'],
    ['a joiner’s deletion', event({ kind: 5, pubkey: joiner }), 1, as(joiner), 'only write to the Host'],
    ['a joiner’s wrap over 32 KiB', toOwner(), 32_769, as(joiner), 'more than 32768 bytes'],
  ])('refused: %s', (_what, given, bytes, keys, words) => {
    expect(owned().refusal(given, bytes, keys)).toContain(words);
  });

  test('a joiner writes three at once and one a second; another joiner is not held up by it', () => {
    monotonic = 0;
    const policy = owned();
    const says = (key: string) => policy.refusal(toOwner(), 100, as(key)) ?? 'taken';
    expect([says(joiner), says(joiner), says(joiner), says(joiner)]).toEqual([
      'taken',
      'taken',
      'taken',
      'rate-limited: one message a second',
    ]);
    expect(says(other)).toBe('taken');
    monotonic = 999;
    expect(says(joiner)).toContain('rate-limited');
    monotonic = 1_999;
    expect([says(joiner), says(joiner)]).toEqual(['taken', 'rate-limited: one message a second']);
    monotonic = 1_000_000;
    expect([1, 2, 3, 4].map(() => says(joiner)).filter((words) => words === 'taken')).toHaveLength(3);
  });

  test('all joiners together write a hundred at once and ten a second, members as before', () => {
    monotonic = 0;
    const policy = owned();
    const fresh = (count: number, from: number) =>
      Array.from({ length: count }, (_, i) => policy.refusal(toOwner(), 100, as(hex(from + i))) ?? 'taken');
    expect(fresh(101, 1_000).filter((words) => words === 'taken')).toHaveLength(100);
    expect(fresh(1, 2_000)).toEqual(['rate-limited: too many strangers at once']);
    expect(policy.refusal(event(), 100, as(member))).toBeUndefined();
    monotonic = 1_000;
    expect(fresh(20, 3_000).filter((words) => words === 'taken')).toHaveLength(10);
  });

  test('T118: by an open invite twenty pass at once and one a minute, however many strangers there are', () => {
    monotonic = 0;
    const policy = owned();
    const ticket = hex(77);
    policy.setMembers({ ...list(2), tags: [...list(2).tags, ['ticket', ticket]] });
    for (let i = 0; i < 200; i++) policy.refusal(toOwner(), 100, as(hex(1_000 + i)));
    const hello = toOwner({ pubkey: ticket });
    const says = (given = hello, bytes = 100) => policy.refusal(given, bytes, as(joiner)) ?? 'taken';
    expect(Array.from({ length: 21 }, () => says()).filter((words) => words === 'taken')).toHaveLength(20);
    expect(says()).toBe('rate-limited: one message a minute by one invite');
    monotonic = 60_000;
    expect([says(), says()]).toEqual(['taken', 'rate-limited: one message a minute by one invite']);
    expect(says(event({ pubkey: ticket }))).toContain('only write to the Host');
    expect(says(hello, 32_769)).toContain('more than 32768 bytes');
    expect(policy.keeping(hello, as(joiner))).toBe('durable');
    expect(policy.keeping(toOwner(), as(joiner))).toBe('brief');
    expect(policy.isRegistered(as(ticket))).toBe(false);
    policy.setMembers(list(2));
    monotonic = 120_000;
    expect(policy.keeping(hello, as(joiner))).toBe('brief');
  });

  test('T123 what a member writes to a key that is nobody’s stays off the disk', () => {
    const policy = owned();
    const keeping = (to: string, ...keys: string[]) =>
      policy.keeping(event({ tags: [['p', to]] }), as(...keys));
    expect([keeping(owner, member), keeping(member, member)]).toEqual(['durable', 'durable']);
    expect(keeping(other, member)).toBe('brief');
    expect(policy.keeping(event({ kind: 21059 }), as(member))).toBe('none');
    // A node of the member’s own that is not listed yet, and a newcomer whom the Host answers.
    expect([keeping(other, member, other), keeping(other, owner)]).toEqual(['durable', 'durable']);
    expect(policy.keeping(event({ kind: 5, pubkey: member }), as(member))).toBe('durable');
    policy.setMembers(list(2, other));
    expect(keeping(other, member)).toBe('durable');
    expect(new Policy(undefined, clock).keeping(event(), as(member))).toBe('durable');
  });

  test('T123 whose room in a mailbox is taken: the listed key’s, never the owner’s or a stranger’s', () => {
    const policy = owned();
    expect(
      [as(member), as(joiner, member), as(joiner), as(member, owner)].map((keys) => policy.writer(keys)),
    ).toEqual([member, member, undefined, undefined]);
    expect(new Policy(undefined, clock).writer(as(member))).toBeUndefined();
  });

  test('the last ten thousand joiners are remembered, the oldest is forgotten first', () => {
    monotonic = 0;
    const policy = owned();
    const says = (key: string) => policy.refusal(toOwner(), 100, as(key)) ?? 'taken';
    const fresh = (count: number, from: number) => {
      for (let i = 0; i < count; i++) says(hex(from + i));
    };
    fresh(97, 1_000);
    expect([says(joiner), says(joiner), says(joiner)]).toEqual(['taken', 'taken', 'taken']);
    fresh(9_902, 2_000);
    expect(says(joiner)).toContain('one message a second');
    fresh(97, 20_000);
    expect(says(joiner)).toContain('one message a second');
    fresh(1, 30_000);
    expect(says(joiner)).toContain('too many strangers');
  });

  test('a relay without an owner takes what every authenticated key writes, and shows all', () => {
    const open = new Policy(undefined, clock);
    expect(open.refusal(event({ kind: 1 }), 100, as(other))).toBeUndefined();
    expect(open.refusal(event(), 100, as())).toContain('auth-required');
    expect([open.isRegistered(as(other)), open.isRegistered(as())]).toEqual([true, false]);
    expect(open.reader(as(other)).seesOther(member)).toBe(true);
    expect([open.membersAddress(1), open.isMembers(list(1)), open.isMembers(event())]).toEqual([
      undefined,
      false,
      false,
    ]);
  });

  test('who sees what beside wraps: the owner all, others their own', () => {
    const policy = owned();
    expect(policy.reader(as(owner)).seesOther(member)).toBe(true);
    expect(policy.reader(as(member)).seesOther(member)).toBe(true);
    expect(policy.reader(as(member)).seesOther(other)).toBe(false);
  });

  test('who is registered: the owner and the keys of its list, up to the first empty part', () => {
    const policy = owned();
    const registered = (key: string) => policy.isRegistered(as(key));
    expect([owner, member, joiner].map(registered)).toEqual([true, true, false]);
    policy.setMembers(list(3, other));
    expect(registered(other)).toBe(false);
    policy.setMembers(list(2, joiner));
    expect([joiner, other].map(registered)).toEqual([true, true]);
    policy.setMembers(list(2));
    expect([member, joiner, other].map(registered)).toEqual([true, false, false]);
    policy.setMembers({ ...list(1, 'x'), tags: [...list(1, 'x').tags, ['e', joiner]] });
    expect([member, joiner].map(registered)).toEqual([false, false]);
  });

  test('what changes who is registered is the owner’s list alone', () => {
    const policy = owned();
    expect([list(1), list(2)].map((one) => policy.isMembers(one))).toEqual([true, true]);
    const named = (d: string, over: Partial<SignedEvent> = {}) =>
      policy.isMembers({ ...list(1), tags: [['d', d]], ...over });
    expect(named('entangle/members', { pubkey: other })).toBe(false);
    expect(named('entangle/members', { kind: 30_001 })).toBe(false);
    expect([named('entangle/membersx'), named('entangle'), named('')]).toEqual([false, false, false]);
  });
});
