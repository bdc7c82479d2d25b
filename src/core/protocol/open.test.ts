import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodiesOf } from '../../../test/support/bodies.ts';
import {
  decision,
  forgedSignature,
  hello,
  reasonOf,
  retag,
  task,
  wrapOf,
} from '../../../test/support/forgeries.ts';
import type { Name, Said, Tamper } from '../../../test/support/world.ts';
import { createWorld, NOW, STREAM, uuidOf } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { MAX_WRAP_BYTES } from '../bounds.ts';
import { CONSENT_KIND, KIND } from './message.ts';
import { open, openSeal, type Rejected } from './open.ts';
import { messageTypes, rowOf } from './table.ts';

const world = createWorld(suiteWasm);
const { actors } = world;
type Change = NonNullable<Tamper['event']>;
const asConsent: Change = (event) => ({ ...event, kind: CONSENT_KIND });
const key = (name: Name): string => actors[name].pubkey;

describe('open(): what else it refuses', () => {
  const cases: [string, string, Tamper, Said?][] = [
    ['T07 a wrap for somebody else', 'wrap_recipient', { reader: 'peer' }],
    ['T10 NIP-44 of a future version', 'unsupported_version', { sealPayload: (text) => `#${text.slice(1)}` }],
    ['T10 a wrap of a future version', 'unsupported_version', { payload: (text) => `#${text.slice(1)}` }],
    ['T10 NIP-44 version 1', 'unsupported_version', { payload: (text) => `AQ${text.slice(2)}` }],
    ['T10 NIP-04 in a wrap', 'unsupported_version', { payload: (text) => `${text}?iv=${'A'.repeat(24)}` }],
    ['T10 NIP-04 kind 4', 'wrap_kind', { wrap: (wrap) => ({ ...wrap, kind: 4 }) }],
    [
      'damage that is no other version, in a wrap',
      'malformed',
      { payload: (text) => `${text.slice(0, -4)}AAA=` },
    ],
    [
      'damage that is no other version, in a seal',
      'malformed',
      { sealPayload: (text) => `${text.slice(0, -4)}AAA=` },
    ],
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
    ...[0, Date.UTC(2020) / 1000 - 1, NOW + 7 * 86_400 + 1, 253_402_300_799].map(
      (at): [string, string, Tamper] => [
        `T27 T109 an event of the second ${at}`,
        'time_out_of_window',
        { event: (event) => ({ ...event, created_at: at }) },
      ],
    ),
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
      'T02 consent under the kind of whatever else a person signs',
      'kind_of_role',
      { event: (event) => ({ ...event, kind: KIND.user }) },
      decision,
    ],
    ['T02 work asked for under the kind of consent', 'kind_of_role', { event: asConsent }],
    [
      'T02 the sentence of an approval over a rejection',
      'wrong_alt',
      {
        event: (event) => ({ ...event, content: event.content.replace('"approved"', '"rejected"') }),
      },
      decision,
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

  /** The text with a member more, nested so that the whole is so many levels deep. */
  const nested = (levels: number) => (text: string) =>
    `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},${text.slice(1)}`;
  const inBody =
    (levels: number): Tamper['event'] =>
    (event) => ({ ...event, content: nested(levels)(event.content) });
  test.each<[string, string, string, (levels: number) => Tamper]>([
    ['wrap', 'wrap_json', 'accepted', (levels) => ({ wrapText: nested(levels) })],
    ['seal', 'seal_json', 'seal_shape', (levels) => ({ sealText: nested(levels) })],
    ['rumor', 'rumor_json', 'rumor_shape', (levels) => ({ rumorText: nested(levels) })],
    ['event', 'event_json', 'event_shape', (levels) => ({ eventText: nested(levels) })],
    ['body', 'body_json', 'body_schema', (levels) => ({ event: inBody(levels)! })],
  ])('T64 the %s nested 33 deep: %s; 32 deep it is read: %s', (_layer, tooDeep, asIs, tamper) => {
    const door = world.door('node');
    expect(reasonOf(world.deliver(task, tamper(33)), door)).toBe(tooDeep);
    expect(reasonOf(world.deliver(task, tamper(32)), door)).toBe(asIs);
  });

  test.each(messageTypes().map(([type]) => type))('T08 %s: a member more in its body', (type) => {
    const { signers, to } = rowOf(type)!;
    const from = signers[0]!;
    const recipient = to.find((role) => role !== from) ?? (from === 'node' ? 'peer' : to[0]!);
    const body = fc.sample(bodiesOf(type), { numRuns: 1, seed: 3 })[0]!;
    const said = { type, from, to: recipient, body } as Said;
    const more: Tamper = {
      event: (event) => ({ ...event, content: event.content.replace('{', '{"role":"host",') }),
    };
    expect(reasonOf(world.deliver(said), world.door(recipient))).toBe('accepted');
    expect(reasonOf(world.deliver(said, more), world.door(recipient))).toBe('body_schema');
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

  describe('a refused wrap', () => {
    const idOf = (text: string): string => JSON.parse(text).id;
    const me = key('node');

    test('T59 of a stranger is known by its claim', () => {
      const broke = world.door('host', { admitStranger: () => false });
      const text = world.deliver(hello);
      expect(wrapOf(text, broke)).toEqual({ id: idOf(text), signer: key('stranger'), me: key('host') });
    });
    test('is known again from when its signature held, whatever is in it', () => {
      const noSeal = world.deliver(task, { sealText: () => '"x"' });
      expect(wrapOf(noSeal, world.door('node'))).toEqual({ id: idOf(noSeal), signer: null, me });
      const nothing = world.deliver(task, { payload: () => 'x' });
      expect(wrapOf(nothing, world.door('node'))).toEqual({ id: idOf(nothing), signer: null, me });
      const forged = world.deliver(task, { signed: forgedSignature });
      expect(wrapOf(forged, world.door('node'))).toEqual({ id: idOf(forged), signer: key('user'), me });
    });
    test('T32 is not known by an id that it only claims', () => {
      const genuine = JSON.parse(world.deliver(task));
      for (const lie of [{ content: 'x' }, { sig: '0'.repeat(128) }])
        expect(wrapOf(JSON.stringify({ ...genuine, ...lie }), world.door('node'))).toBeNull();
    });
    test('that relays do not keep is not known again', () => {
      const body = { stream: STREAM, high: 0, top: 0, missing: [] };
      const ack: Said<'ack'> = { type: 'ack', from: 'stranger', to: 'host', body };
      const broke = world.door('host', { admitStranger: () => false });
      expect(wrapOf(world.deliver(ack), broke)).toBeNull();
    });
    test('where the fault may be ours is not known again', () => {
      const broken = world.door('node', {
        roleOf: () => {
          throw new Error('no registry');
        },
      });
      expect(wrapOf(world.deliver(task), broken)).toBeNull();
    });
  });

  test('a door that breaks refuses: nothing but Rejected is thrown', () => {
    const broken = world.door('node', {
      roleOf: () => {
        throw new Error('no registry');
      },
    });
    expect(reasonOf(world.deliver(task), broken)).toBe('malformed');
    const cause = new Error('no registry');
    expect(() => open(world.deliver(task), broken)).toThrow(expect.objectContaining({ cause }));
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

  test.each([Date.UTC(2020) / 1000, NOW + 7 * 86_400])('T27 the time it claims: %d', (at) => {
    const message = open(world.deliver({ ...task, at }), world.door('node'));
    expect(message.createdAt).toBe(at);
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
