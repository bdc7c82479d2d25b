import { describe, expect, test } from 'vitest';
import type { Name, Said, Tamper } from '../../../test/support/world.ts';
import { createWorld, NOW, STREAM, uuidOf } from '../../../test/support/world.ts';
import type { SignedEvent } from '../event.ts';
import { KIND } from './message.ts';
import { open, openSeal, Rejected } from './open.ts';
import type { Door } from './open-checks.ts';
import { MAX_WRAP_BYTES, OPEN_CHECKS, OPEN_STEPS } from './open-checks.ts';

const world = createWorld();
const { actors } = world;
const key = (name: Name): string => actors[name].pubkey;

const task: Said<'task.request'> = {
  type: 'task.request',
  from: 'user',
  to: 'node',
  session: uuidOf(1),
  rev: 2,
  body: { session: uuidOf(1), attempt: 1, task: 'mend it', budget: { hops: 8, turns: 5, path: ['user'] } },
};
const beat: Said<'runner.heartbeat'> = {
  type: 'runner.heartbeat',
  from: 'runner',
  to: 'host',
  body: { beat: '0b'.repeat(16), running: 0, leases: [] },
};
const hello: Said<'user.hello'> = {
  type: 'user.hello',
  from: 'stranger',
  to: 'host',
  body: { name: 'newcomer' },
};

const reasonOf = (text: string, door: Door, steps = OPEN_STEPS): string => {
  try {
    open(text, door, steps);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return error.reason;
  }
};

/** One key said twice: `JSON.parse` keeps the last and finds nothing wrong, another reader keeps the first. */
const twice = (member: string) => (text: string) =>
  text.replace(`"${member}":`, `"${member}":0,"${member}":`);
const retag =
  (name: string, ...values: string[]) =>
  (event: { tags: string[][] }) =>
    event.tags.map((tag) => (tag[0] === name ? [name, ...values] : tag));
const forgedId = (_event: SignedEvent, signatureOf: (id: string) => string) => {
  const id = 'ab'.repeat(32);
  return { ..._event, id, sig: signatureOf(id) };
};
const forgedSignature = (event: SignedEvent) => ({ ...event, sig: event.sig.replace(/^../, flipHex) });
const flipHex = (two: string) => (two === '00' ? '01' : '00');

type Fixture = {
  attack: string;
  said?: Said;
  tamper: Tamper;
  door?: Partial<Door>;
};

/** For each check one attack that nothing else refuses: without the check it is let in. */
const FIXTURES: Record<string, Fixture> = {
  wrap_size: {
    attack: 'T64 a wrap above the size limit, blown up with white space',
    tamper: { wrapText: (text) => text.padEnd(MAX_WRAP_BYTES + 1) },
  },
  wrap_json: {
    attack: 'T13 a key said twice in the wrap',
    tamper: { wrapText: twice('kind') },
  },
  wrap_shape: {
    attack: 'T05 a wrap that is signed but no event: a time before 1970',
    tamper: { wrap: (wrap) => ({ ...wrap, created_at: -1 }) },
  },
  wrap_kind: {
    attack: 'T09 a seal in an event of another kind than a gift wrap',
    tamper: { wrap: (wrap) => ({ ...wrap, kind: 1058 }) },
  },
  wrap_recipient: {
    attack: 'T07 a wrap for two recipients',
    tamper: { wrap: (wrap) => ({ ...wrap, tags: [...wrap.tags, ['p', key('peer')]] }) },
  },
  wrap_expired: {
    attack: 'T53 a wrap kept back until after its expiration',
    tamper: { wrap: (wrap) => ({ ...wrap, tags: [...wrap.tags, ['expiration', String(NOW)]] }) },
  },
  wrap_id: {
    attack: 'T06 T32 a wrap under another id, its one-time key signing that id',
    tamper: { wrapped: forgedId },
  },
  wrap_signature: {
    attack: 'T06 a wrap whose signature is not its one-time key’s',
    tamper: { wrapped: forgedSignature },
  },
  seal_json: { attack: 'T13 a key said twice in the seal', tamper: { sealText: twice('kind') } },
  seal_shape: {
    attack: 'T09 a seal with one member more',
    tamper: { sealed: (seal) => ({ ...seal, relay: 'wss://somewhere' }) },
  },
  seal_stranger: {
    attack: 'T59 a stranger beyond the budget for strangers',
    said: hello,
    tamper: {},
    door: { admitStranger: () => false },
  },
  seal_kind: {
    attack: 'T09 another kind than 13 for a seal',
    tamper: { seal: (seal) => ({ ...seal, kind: 14 }) },
  },
  seal_tags: {
    attack: 'T09 a seal with tags',
    tamper: { seal: (seal) => ({ ...seal, tags: [['p', key('node')]] }) },
  },
  seal_id: { attack: 'T05 a seal under another id', tamper: { sealed: forgedId } },
  seal_signature: {
    attack: 'T04 a seal in a victim’s name that the victim did not sign',
    tamper: { sealed: forgedSignature },
  },
  rumor_json: { attack: 'T13 a key said twice in the rumor', tamper: { rumorText: twice('kind') } },
  rumor_shape: {
    attack: 'T09 a rumor with a signature',
    tamper: { rumored: (rumor) => ({ ...rumor, sig: '00'.repeat(64) }) },
  },
  rumor_id: {
    attack: 'T09 T32 a rumor under another id',
    tamper: { rumored: (rumor) => ({ ...rumor, id: 'ab'.repeat(32) }) },
  },
  rumor_author: {
    attack: 'T04 the victim’s key in the rumor inside the attacker’s seal',
    tamper: { rumor: (rumor) => ({ ...rumor, pubkey: key('bob') }) },
  },
  rumor_recipient: {
    attack: 'T07 a rumor that names another recipient',
    tamper: { rumor: (rumor) => ({ ...rumor, tags: [['p', key('peer')]] }) },
  },
  event_json: { attack: 'T13 a key said twice in the event', tamper: { eventText: twice('kind') } },
  event_shape: {
    attack: 'T12 T05 an event with a member that no signature covers',
    tamper: { signed: (event) => ({ ...event, trusted: true }) },
  },
  event_id: { attack: 'T32 an event under another id, signed', tamper: { signed: forgedId } },
  event_signature: {
    attack: 'T05 an event whose signature is forged',
    tamper: { signed: forgedSignature },
  },
  event_author: {
    attack: 'T04 T07 somebody else’s genuine event in one’s own seal',
    tamper: { sealer: 'bob' },
  },
  event_time: {
    attack: 'T27 a rumor of another time than its event',
    tamper: { rumor: (rumor) => ({ ...rumor, created_at: rumor.created_at + 1 }) },
  },
  event_kind: {
    attack: 'T08 a rumor of another kind than its event',
    tamper: { rumor: (rumor) => ({ ...rumor, kind: KIND.host }) },
  },
  event_tags: {
    attack: 'T08 a tag that the protocol does not have',
    tamper: { event: (event) => ({ ...event, tags: [...event.tags, ['role', 'host']] }) },
  },
  event_recipient: {
    attack: 'T07 an event for another recipient, wrapped again for this one',
    tamper: { event: (event) => ({ ...event, tags: retag('p', key('peer'))(event) }) },
  },
  wrong_graph: {
    attack: 'T07 an event of another federation',
    tamper: { event: (event) => ({ ...event, tags: retag('graph', `${key('bob')}/acme`)(event) }) },
  },
  unsupported_version: {
    attack: 'T10 another version of the protocol',
    tamper: { event: (event) => ({ ...event, tags: retag('v', 'entangle/2')(event) }) },
  },
  unknown_type: {
    attack: 'T76 a type that nobody declared',
    tamper: { event: (event) => ({ ...event, tags: retag('type', '__proto__')(event) }) },
  },
  stranger_type: {
    attack: 'T33 a stranger who does not say hello but asks for work',
    said: { ...task, from: 'stranger' },
    tamper: {},
  },
  kind_of_role: {
    attack: 'T01 T08 a runner’s key signing an event of the Host’s kind',
    said: { ...beat, type: 'runner.goodbye', body: { reason: 'maintenance' } } as Said,
    tamper: { event: (event) => ({ ...event, kind: KIND.host }) },
  },
  ephemeral: {
    attack: 'T16 an ephemeral message in a wrap that relays keep',
    said: beat,
    tamper: { wrap: (wrap) => ({ ...wrap, kind: 1059 }) },
  },
  seq: {
    attack: 'T25 an ephemeral message with a place in a stream',
    said: beat,
    tamper: { event: (event) => ({ ...event, tags: [...event.tags, ['seq', STREAM, '7']] }) },
  },
  body_json: {
    attack: 'T13 T76 a key said twice in the body',
    tamper: { event: (event) => ({ ...event, content: twice('attempt')(event.content) }) },
  },
  body_schema: {
    attack: 'T08 a body of another shape than its type',
    tamper: {
      event: (event) => ({ ...event, content: event.content.replace('"attempt":1', '"attempt":"1"') }),
    },
  },
};

const fixtureText = ({ said = task, tamper }: Fixture): string => world.deliver(said, tamper);
const doorOf = ({ said = task, door }: Fixture): Door => world.door(said.to, door);

describe('open(): each check refuses what no other check does', () => {
  test('there is a fixture for every check, and no two checks have one name', () => {
    expect(Object.keys(FIXTURES)).toEqual(OPEN_CHECKS.map((check) => check.name));
  });

  test.each(OPEN_CHECKS.map((check) => [check.name, FIXTURES[check.name]?.attack, check] as const))(
    '%s: %s',
    (name, _attack, check) => {
      const fixture = FIXTURES[name]!;
      const text = fixtureText(fixture);
      expect(reasonOf(text, doorOf(fixture))).toBe(check.reason);
      const without = OPEN_STEPS.filter((step) => step !== check);
      expect(reasonOf(text, doorOf(fixture), without)).toBe('accepted');
    },
  );

  test.each([task, beat, hello])('a genuine $type is let in', (said) => {
    expect(reasonOf(world.deliver(said), world.door(said.to))).toBe('accepted');
  });
});

describe('open(): what else it refuses', () => {
  const cases: [string, string, Tamper, Said?][] = [
    ['T07 a wrap for somebody else', 'wrap_recipient', { reader: 'peer' }],
    ['T10 NIP-44 of a future version', 'malformed', { sealPayload: (text) => `#${text.slice(1)}` }],
    ['T10 NIP-44 version 1', 'malformed', { payload: (text) => `AQ${text.slice(2)}` }],
    ['T10 NIP-04 kind 4', 'wrap_kind', { wrap: (wrap) => ({ ...wrap, kind: 4 }) }],
    [
      'T10 a version that is a prefix',
      'unsupported_version',
      { event: (event) => ({ ...event, tags: retag('v', 'entangle/1.0')(event) }) },
    ],
    [
      'T10 a version with white space',
      'malformed',
      { event: (event) => ({ ...event, tags: retag('v', 'entangle/1 ')(event) }) },
    ],
    [
      'T10 no version',
      'malformed',
      { event: (event) => ({ ...event, tags: event.tags.filter((tag) => tag[0] !== 'v') }) },
    ],
    [
      'T11 a seal by a key that is not on the curve',
      'seal_signature',
      { seal: (seal) => ({ ...seal, pubkey: 'f'.repeat(64) }) },
    ],
    ['T09 a rumor without id', 'rumor_shape', { rumored: ({ id: _, ...rumor }) => rumor }],
    ['T09 a kind that is text', 'rumor_shape', { rumored: (rumor) => ({ ...rumor, kind: '24158' }) }],
    ['T13 half a surrogate pair', 'rumor_json', { rumorText: (text) => text.replace('"tags"', '"\\ud800"') }],
    [
      'T13 a number beyond every double',
      'body_json',
      {
        event: (event) => ({ ...event, content: event.content.replace('"attempt":1', '"attempt":1e400') }),
      },
    ],
    [
      'T13 minus zero',
      'body_json',
      { event: (event) => ({ ...event, content: event.content.replace('"attempt":1', '"attempt":-0') }) },
    ],
    [
      'T76 __proto__ in the body',
      'body_json',
      {
        event: (event) => ({ ...event, content: event.content.replace('{', '{"__proto__":{"admin":true},') }),
      },
    ],
    [
      'T76 constructor in the wrap',
      'wrap_json',
      { wrapText: (text) => `{"constructor":{},${text.slice(1)}` },
    ],
    [
      'T76 constructor as a type',
      'unknown_type',
      { event: (event) => ({ ...event, tags: retag('type', 'constructor')(event) }) },
    ],
    ['T64 nesting beyond 32', 'wrap_json', { wrapText: (text) => `{"x":${'['.repeat(32)}${text}` }],
    [
      'T25 a durable message without a place in its stream',
      'seq',
      { event: (event) => ({ ...event, tags: event.tags.filter((tag) => tag[0] !== 'seq') }) },
    ],
    [
      'T16 a durable message in an ephemeral wrap',
      'ephemeral',
      { wrap: (wrap) => ({ ...wrap, kind: 21059 }) },
    ],
    [
      'T02 a node’s key signing an event of a user’s kind',
      'kind_of_role',
      { event: (event) => ({ ...event, kind: KIND.user }) },
      { ...task, from: 'peer' },
    ],
    [
      'T01 a user’s word in a Host’s kind',
      'event_kind',
      { event: (event) => ({ ...event, kind: KIND.host }), rumor: (r) => ({ ...r, kind: KIND.user }) },
    ],
    ['an empty wrap', 'wrap_shape', { wrapText: () => '{}' }],
    ['a wrap that is null', 'malformed', { wrapText: () => 'null' }],
    ['a seal that is null', 'seal_shape', { sealText: () => 'null' }],
    ['a seal that is a list', 'seal_shape', { sealText: () => '[{"pubkey":"x"}]' }],
    ['a rumor that is text', 'rumor_shape', { rumorText: () => '"x"' }],
    ['an event that is true', 'event_shape', { eventText: () => 'true' }],
  ];
  test.each(cases)('%s: %s', (_attack, reason, tamper, said = task) => {
    expect(reasonOf(world.deliver(said, tamper), world.door(said.to))).toBe(reason);
  });

  test('T64 five million nested arrays are refused at once, bare or inside a wrap-sized text', () => {
    const started = performance.now();
    expect(reasonOf('['.repeat(5_000_000), world.door('node'))).toBe('wrap_size');
    expect(reasonOf('['.repeat(MAX_WRAP_BYTES), world.door('node'))).toBe('wrap_json');
    expect(performance.now() - started).toBeLessThan(250);
  });

  test('T59 a known signer needs no budget, and a stranger’s forged seal names nobody', () => {
    const broke = world.door('node', { admitStranger: () => false });
    expect(reasonOf(world.deliver(task), broke)).toBe('accepted');
    const forged = world.deliver({ ...hello, to: 'host' }, { rumorText: () => '"x"' });
    expect(() => open(forged, world.door('host'))).toThrow(expect.objectContaining({ signer: null }));
  });

  test('a signer is named only once the seal’s signature held', () => {
    const signerOf = (tamper: Tamper): string | null => {
      try {
        open(world.deliver(task, tamper), world.door('node'));
      } catch (error) {
        return (error as Rejected).signer;
      }
      throw new Error('let in');
    };
    expect(signerOf({ sealed: forgedSignature })).toBeNull();
    expect(signerOf({ signed: forgedSignature })).toBe(key('user'));
  });

  test('a door that breaks refuses: nothing but Rejected is thrown', () => {
    const broken = world.door('node', {
      roleOf: () => {
        throw new Error('no registry');
      },
    });
    expect(reasonOf(world.deliver(task), broken)).toBe('malformed');
  });
});

describe('what open() gives', () => {
  test('the role is the one pinned for the key, the rest is what was signed', () => {
    const message = open(world.deliver(task), world.door('node'));
    expect(message).toMatchObject({
      type: 'task.request',
      role: 'user',
      from: key('user'),
      to: key('node'),
      graph: world.graph,
      seq: { stream: STREAM, n: 1 },
      epoch: { n: 3, boot: 'b0'.repeat(16) },
      rev: 2,
      re: null,
      session: uuidOf(1),
      ephemeral: false,
      body: task.body,
    });
  });

  test('T12 it is frozen to the bottom', () => {
    const message = open(world.deliver(task), world.door('node'));
    const loose: string[] = [];
    const look = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) loose.push(path);
      for (const [name, inner] of Object.entries(value)) look(inner, `${path}.${name}`);
    };
    look(message, 'message');
    expect(loose).toEqual([]);
  });

  test('its seal opens to the same message again, and is checked again', () => {
    const message = open(world.deliver(task), world.door('node'));
    const again = openSeal(JSON.stringify(message.seal), message.to, false, world.door('node'));
    expect(again).toEqual(message);
    const forged = JSON.stringify(forgedSignature(message.seal));
    expect(() => openSeal(forged, message.to, false, world.door('node'))).toThrow('seal_signature');
  });

  test('what relays add to a wrap is never read', () => {
    const decorated = world.deliver(task, { wrapText: (text) => `{"seen":["wss://r"],${text.slice(1)}` });
    expect(open(decorated, world.door('node')).type).toBe('task.request');
  });
});
