import { describe, expect, test } from 'vitest';
import {
  beat,
  decision,
  forgedId,
  forgedSignature,
  hello,
  reasonOf,
  retag,
  task,
  turnOf,
  twice,
  wrapOf,
} from '../../../test/support/forgeries.ts';
import type { Name, Said, Tamper } from '../../../test/support/world.ts';
import { createWorld, NOW, STREAM, uuidOf } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { MAX_WRAP_BYTES } from '../bounds.ts';
import { WRAP_KIND } from '../nostr/kinds.ts';
import { KIND } from './message.ts';
import type { OpenContext } from './open-checks.ts';
import { OPEN_CHECKS, OPEN_STEPS } from './open-checks.ts';

const world = createWorld(suiteWasm);
const { actors } = world;
const key = (name: Name): string => actors[name].pubkey;

type Fixture = {
  attack: string;
  said?: Said;
  tamper: Tamper;
  door?: Partial<OpenContext>;
};

/** For each check the attacks that nothing else refuses: without the check they are let in. */
const FIXTURES: Record<string, Fixture | readonly Fixture[]> = {
  wrap_size: [
    {
      attack: 'T64 a wrap above the size limit, blown up with white space',
      tamper: { wrapText: (text) => text.padEnd(MAX_WRAP_BYTES + 1) },
    },
    {
      attack: 'T64 a wrap of fewer characters than the limit has bytes, and more bytes',
      tamper: { wrapText: (text) => `{"x":"${'é'.repeat(MAX_WRAP_BYTES / 2)}",${text.slice(1)}` },
    },
  ],
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
  retired_key: {
    attack: 'T183 a message of a key that signed for the Host before',
    tamper: {},
    door: { isRetired: () => true },
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
  rumor_recipient: [
    {
      attack: 'T07 a rumor that names another recipient',
      tamper: { rumor: (rumor) => ({ ...rumor, tags: [['p', key('peer')]] }) },
    },
    {
      attack: 'T08 a rumor with a tag beside its recipient',
      tamper: { rumor: (rumor) => ({ ...rumor, tags: [...rumor.tags, ['role', 'host']] }) },
    },
    {
      attack: 'T08 a rumor whose recipient comes with a relay',
      tamper: { rumor: (rumor) => ({ ...rumor, tags: [['p', key('node'), 'wss://somewhere']] }) },
    },
    {
      attack: 'T08 a rumor that names its recipient under another tag',
      tamper: { rumor: (rumor) => ({ ...rumor, tags: [['q', key('node')]] }) },
    },
    {
      attack: 'T07 a rumor for nobody',
      tamper: { rumor: (rumor) => ({ ...rumor, tags: [] }) },
    },
  ],
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
  time_out_of_window: {
    attack: 'T27 T109 a message of the year 2100',
    tamper: { event: (event) => ({ ...event, created_at: Date.UTC(2100) / 1000 }) },
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
    said: turnOf(1),
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
  event_session: [
    {
      attack: 'T08 a body of another session than its tag, under which it would be found',
      tamper: { event: (event) => ({ ...event, tags: retag('session', uuidOf(9))(event) }) },
    },
    {
      attack: 'T08 a body of a session without its tag, under which nobody would find it',
      tamper: { event: (event) => ({ ...event, tags: event.tags.filter((tag) => tag[0] !== 'session') }) },
    },
    {
      attack: 'T08 a session on what is of none',
      said: { ...hello, to: 'host' },
      tamper: { event: (event) => ({ ...event, tags: [...event.tags, ['session', uuidOf(9)]] }) },
    },
  ],
  alt: [
    {
      attack: 'T02 consent under a sentence that says something else than the body',
      said: decision,
      tamper: { event: (event) => ({ ...event, tags: retag('alt', 'Approve a new colour')(event) }) },
    },
    {
      attack: 'T02 consent without its sentence',
      said: decision,
      tamper: { event: (event) => ({ ...event, tags: event.tags.filter((tag) => tag[0] !== 'alt') }) },
    },
    {
      attack: 'T02 a sentence on what is no consent',
      tamper: { event: (event) => ({ ...event, tags: [...event.tags, ['alt', 'Approve nothing']] }) },
    },
  ],
};

const fixturesOf = (name: string): readonly Fixture[] => [FIXTURES[name] ?? []].flat();
const fixtureText = ({ said = task, tamper }: Fixture): string => world.deliver(said, tamper);
const doorOf = ({ said = task, door }: Fixture): OpenContext => world.door(said.to, door);

describe('open(): each check refuses what no other check does', () => {
  test('there is a fixture for every check, and no two checks have one name', () => {
    expect(Object.keys(FIXTURES)).toEqual(OPEN_CHECKS.map((check) => check.name));
  });

  // A wrap is known again by its id when that was found to be its own.
  const signature = OPEN_CHECKS.findIndex(({ name }) => name === 'wrap_signature');
  const rows = OPEN_CHECKS.flatMap((check) =>
    fixturesOf(check.name).map((fixture) => [check.name, fixture.attack, check, fixture] as const),
  );
  test.each(rows)('%s: %s', (_name, _attack, check, fixture) => {
    const text = fixtureText(fixture);
    expect(reasonOf(text, doorOf(fixture))).toBe(check.reason);
    const isInside = OPEN_CHECKS.indexOf(check) > signature && JSON.parse(text).kind === WRAP_KIND;
    expect(wrapOf(text, doorOf(fixture)) !== null).toBe(isInside);
    const without = OPEN_STEPS.filter((step) => step !== check);
    expect(reasonOf(text, doorOf(fixture), without)).toBe('accepted');
  });

  test.each([task, beat, hello, decision])('a genuine $type is let in', (said) => {
    expect(reasonOf(world.deliver(said), world.door(said.to))).toBe('accepted');
  });
});
