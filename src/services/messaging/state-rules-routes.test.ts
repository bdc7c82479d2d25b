/** What is let in of routes that no message holds: the list that the Host named, and no other bytes. */
import { sendRoutes } from '../../../test/sim/introductions.ts';
import { type Changes, listedRoutes } from '../../../test/sim/listed-routes.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { MAX_ROUTES_BYTES } from '../../core/bounds.ts';
import { toBase64, utf8 } from '../../core/encoding/bytes.ts';
import { partBounds } from '../../core/protocol/blob-parts.ts';

type Listed = ReturnType<typeof listedRoutes>;
type Part = ReturnType<Listed['part']>;
const [, PART_BYTES] = partBounds(MAX_ROUTES_BYTES, 0);

const routesTo = (body: Listed['body']): Forged => ({ type: 'routes', from: 'host', to: 'alice', body });
const listed = (kit: MessageKit, n = 2, changes: Changes = {}) =>
  listedRoutes(kit, 'alice', ['node'], n, changes);

const ANNOUNCEMENTS: RuleRow[] = [
  {
    rule: 'routes: two lists under one number of one epoch',
    reason: 'fork',
    given: async (kit) => {
      await sendRoutes(kit, listed(kit).body);
      const other = listed(kit, 2, { list: { peers: [] }, peers: 1 });
      return { refused: routesTo(other.body), allowed: routesTo(listed(kit, 3).body) };
    },
  },
  {
    rule: 'routes: two lists of a node under one number, through its runner',
    reason: 'fork',
    given: async (kit) => {
      const of = (n: number, changes: Changes = {}) => listedRoutes(kit, 'node', ['alice'], n, changes).body;
      const toRunner = (body: Listed['body']): Forged => ({
        type: 'routes',
        from: 'host',
        to: 'runner',
        body,
      });
      await sendRoutes(kit, of(2));
      return { refused: toRunner(of(2, { list: { peers: [] }, peers: 1 })), allowed: toRunner(of(3)) };
    },
  },
  {
    rule: 'routes: a list that was named under this number already',
    reason: 'bad_routes',
    given: async (kit) => {
      const { body } = listed(kit);
      await sendRoutes(kit, body);
      return {
        refused: { ...routesTo(body), dedup: 'once-more' } as Forged,
        allowed: routesTo(listed(kit, 3).body),
      };
    },
  },
  {
    rule: 'routes: a list that other routes named',
    reason: 'bad_routes',
    given: async (kit) => {
      const first = listed(kit);
      await sendRoutes(kit, first.body);
      return {
        refused: routesTo({ ...first.body, n: 3 }),
        allowed: routesTo(listed(kit, 3).body),
      };
    },
  },
  {
    rule: 'routes: peers beside a list of peers',
    reason: 'bad_routes',
    given: async (kit) => {
      const { body } = listed(kit);
      const peers = listed(kit).body.peers.concat({
        name: 'node',
        kind: 'agent',
        pubkey: kit.who.node.pubkey,
        relays: [],
        relations: [],
      });
      return { refused: routesTo({ ...body, peers }), allowed: routesTo(body) };
    },
  },
  {
    rule: 'routes: a neighbour since a revision that is later than theirs',
    reason: 'bad_routes',
    given: async (kit) => {
      const { body } = listed(kit);
      const { list: _list, ...plain } = body;
      const since = (n: number) => [
        {
          name: 'node',
          kind: 'agent' as const,
          pubkey: kit.who.node.pubkey,
          relays: [],
          relations: [],
          since: n,
        },
      ];
      return {
        refused: routesTo({ ...plain, peers: since(body.revision + 1) }),
        allowed: routesTo({ ...plain, peers: since(body.revision) }),
      };
    },
  },
];

/** Alice was told of this list, asked for it, and has all but its last part. */
const partRow = (
  rule: string,
  reason: string,
  { changes = {}, forge = (part) => part }: { changes?: Changes; forge?: (part: Part) => Part },
): RuleRow => ({
  rule: `blob.part: of routes, ${rule}`,
  reason,
  given: async (kit) => {
    const asked = async (one: Listed, most: number) => {
      await sendRoutes(kit, one.body);
      const get = await kit.send({
        type: 'blob.get',
        from: 'alice',
        to: 'host',
        body: { sha256: one.sha256 },
      });
      const part = (n: number, change = (same: Part) => same): Forged => ({
        type: 'blob.part',
        from: 'host',
        to: 'alice',
        re: get.id,
        body: change(one.part(n)),
      });
      for (let n = 0; n < most; n++) if ((await kit.tell(part(n))) !== 'accepted') throw new Error(`${n}`);
      return part;
    };
    const bad = await asked(listed(kit, 2, changes), 1);
    return {
      refused: bad(1, forge),
      allowed: async () => (await asked(listed(kit, 3), 1))(1),
    };
  },
});

const other = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte));
const PARTS: RuleRow[] = [
  partRow('one more than there are', 'wrong_size', { forge: (part) => ({ ...part, of: part.of + 1 }) }),
  partRow('longer than was said', 'wrong_size', {
    forge: (part) => ({
      ...part,
      data: toBase64(Buffer.concat([Buffer.from(part.data, 'base64'), Buffer.of(0)])),
    }),
  }),
  partRow('shorter than was said', 'wrong_size', {
    forge: (part) => ({ ...part, data: toBase64(new Uint8Array([1])) }),
  }),
  partRow('not in base64', 'wrong_size', { forge: (part) => ({ ...part, data: '!'.repeat(16) }) }),
  // Then its length is as short as what is no base64 is long.
  partRow('of one byte and not in base64', 'wrong_size', {
    changes: { bytes: (bytes) => bytes.subarray(0, PART_BYTES + 1) },
    forge: (part) => ({ ...part, data: '!' }),
  }),
  partRow('bytes of another digest', 'wrong_digest', {
    forge: (part) => ({ ...part, data: toBase64(other(Buffer.from(part.data, 'base64'))) }),
  }),
  partRow('of another owner', 'bad_routes', { changes: { list: { owner: 'aa'.repeat(32) } } }),
  partRow('of another epoch', 'bad_routes', { changes: { list: { epoch: 2 } } }),
  partRow('of another number', 'bad_routes', { changes: { list: { n: 9 } } }),
  partRow('of other peers than were counted', 'bad_routes', { changes: { peers: 100 } }),
  partRow('that is no list', 'bad_routes', {
    changes: { bytes: (bytes) => utf8(`${'x'.repeat(bytes.length)}`) },
  }),
  partRow('with words that no list has', 'bad_routes', {
    changes: {
      bytes: (bytes) => Buffer.from(Buffer.from(bytes).toString().replace('"epoch":3', '"epoch":3,"x":1')),
    },
  }),
  {
    rule: 'blob.part: of routes, that was not asked for',
    reason: 'not_asked',
    given: async (kit) => {
      const [one, two] = [listed(kit), listedRoutes(kit, 'alice', ['sibling'], 3)];
      await sendRoutes(kit, one.body);
      const get = await kit.send({
        type: 'blob.get',
        from: 'alice',
        to: 'host',
        body: { sha256: one.sha256 },
      });
      const part = (body: Part): Forged => ({
        type: 'blob.part',
        from: 'host',
        to: 'alice',
        re: get.id,
        body,
      });
      return { refused: part(two.part(0)), allowed: part(one.part(0)) };
    },
  },
];

const get = (from: 'alice' | 'bob' | 'runner', sha256: string): Forged => ({
  type: 'blob.get',
  from,
  to: 'host',
  body: { sha256 },
});
const GETS: RuleRow[] = [
  {
    rule: 'blob.get: of what the Host named to another',
    reason: 'not_named',
    given: async (kit) => {
      const { body, sha256 } = listed(kit);
      await sendRoutes(kit, body);
      return { refused: get('bob', sha256), allowed: get('alice', sha256) };
    },
  },
  {
    rule: 'blob.get: of other bytes that the Host has',
    reason: 'not_named',
    given: async (kit) => {
      const { body, sha256 } = listed(kit);
      await sendRoutes(kit, body);
      return { refused: get('alice', body.digest), allowed: get('alice', sha256) };
    },
  },
];

/** What goes the other way, or is said by another, meets the rules that it always met. */
const OTHERS: RuleRow[] = [
  {
    rule: 'routes: a list that no Host names',
    reason: 'kind_of_role',
    given: async (kit) => {
      const { body } = listed(kit);
      return {
        refused: { ...routesTo(body), from: 'node', role: 'host' } as Forged,
        allowed: routesTo(body),
      };
    },
  },
  {
    rule: 'routes: a list of more bytes than those of a participant may have',
    reason: 'body_schema',
    given: async (kit) => {
      const { body } = listed(kit);
      const list = { ...body.list!, size: MAX_ROUTES_BYTES + 1 };
      const content = JSON.stringify({ ...body, list, nonce: 'ab'.repeat(16) });
      return { refused: { ...routesTo(body), content }, allowed: routesTo(body) };
    },
  },
  {
    rule: 'blob.get: by the Host itself',
    reason: 'no_edge',
    given: async (kit) => {
      const one = listed(kit);
      await sendRoutes(kit, one.body);
      return {
        refused: { type: 'blob.get', from: 'host', to: 'alice', body: { sha256: one.sha256 } },
        allowed: routesTo(listed(kit, 3).body),
      };
    },
  },
  {
    rule: 'blob.part: to the Host',
    reason: 'no_edge',
    given: async (kit) => {
      const one = listed(kit);
      await sendRoutes(kit, one.body);
      return {
        refused: { type: 'blob.part', from: 'alice', to: 'host', re: 'ab'.repeat(32), body: one.part(0) },
        allowed: get('alice', one.sha256),
      };
    },
  },
];

testRuleRows([...ANNOUNCEMENTS, ...PARTS, ...GETS, ...OTHERS]);
