/** Who can be asked, what is said where nobody can, and what keys are called. */
import { describe, expect, test } from 'vitest';
import type { Keys } from '../../../test/sim/single-home.ts';
import { startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { npub } from '../../core/encoding/id.ts';
import { isComing, nameOf, peerNamed } from './peers.ts';

const NOBODY = 'graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n';
const AUDITOR = '  auditor: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }\n';
const TWO = USER_GRAPH.replace('  builder:', `${AUDITOR}  builder:`).replace(
  'edges: [',
  'edges: [alice approves auditor, ',
);
const RUNNING: Keys = { alice: 'user', bob: 'bob', builder: 'node' };

type Refused = {
  when: string;
  routes: { keys?: Keys; text: string } | null;
  asked: string;
  coming: boolean;
  error: { code: string; message: string; hint: string };
};
const REFUSED: readonly Refused[] = [
  {
    when: 'no routes are here yet',
    routes: null,
    asked: 'builder',
    coming: true,
    error: {
      code: 'unavailable',
      message: 'the Host has not answered yet',
      hint: expect.stringMatching(/^try again when the Host is running, or join again with a new invite/),
    },
  },
  {
    when: 'the node has no key yet',
    routes: { keys: { alice: 'user', bob: 'bob' }, text: USER_GRAPH },
    asked: 'builder',
    coming: true,
    error: {
      code: 'unavailable',
      message: 'node "builder" is not running',
      hint: 'ask whoever runs the Host why: `entangle host assignment list` says it there',
    },
  },
  {
    when: 'the graph has no place for this person',
    routes: { keys: { alice: 'user' }, text: NOBODY },
    asked: 'builder',
    coming: false,
    error: {
      code: 'denied',
      message: 'you have no edges in the active graph',
      hint: 'ask an operator to add your key and its edges to the graph',
    },
  },
  {
    when: 'no edge leads to a node of that name',
    routes: { keys: RUNNING, text: TWO },
    asked: 'nobody',
    coming: false,
    error: {
      code: 'not_found',
      message: 'you have no edge to a node "nobody"',
      hint: 'use one of auditor, builder',
    },
  },
];

describe('nobody is asked', () => {
  test.each(REFUSED)('where $when', async ({ routes, asked, coming, error }) => {
    const alice = await startSingleUser(null);
    if (routes) await alice.hearRoutes(routes.keys, routes.text);
    expect(() => peerNamed(alice.home, asked)).toThrow(expect.objectContaining(error));
    expect(isComing(alice.home, asked)).toBe(coming);
  });

  test('where the Host took the hello and its graph does not name this key', async () => {
    const { home, actors } = await startSingleUser(null);
    for (const row of home.tables.list('outbox', { type: 'user.hello' })) {
      home.tables.remove('outbox', row.id);
      // Something else may be on its way
      home.tables.put('outbox', { ...row, type: 'blob.get' });
    }
    expect(() => peerNamed(home, 'builder')).toThrow(
      expect.objectContaining({
        code: 'unavailable',
        message: 'the Host has not named you in the graph yet',
        hint: `ask whoever runs the Host to add your key to the graph: ${npub(actors.user.pubkey)}`,
      }),
    );
  });

  test('of those that the routes of somebody else name', async () => {
    const alice = await startSingleUser();
    await alice.hearRoutes(
      RUNNING,
      TWO.replace('bob delegates_to builder', 'bob delegates_to auditor'),
      'bob',
    );
    expect(alice.home.tables.get('peers', alice.actors.bob.pubkey, 'auditor')?.name).toBe('auditor');
    expect(() => peerNamed(alice.home, 'auditor')).toThrow(
      expect.objectContaining({ code: 'not_found', hint: 'use one of builder' }),
    );
  });
});

test.each([
  [40, 'buildre-7', 'use builder-7'],
  [40, 'nobody', /^use one of (?:builder-\d+, ){11}builder-\d+ and 28 more$/],
  [13, 'nobody', /^use one of (?:builder-\d+, ){11}builder-\d+ and 1 more$/],
  [12, 'nobody', /^use one of (?:builder-\d+, ){11}builder-\d+$/],
])('of %s nodes the hint names the one that was meant, or a dozen: %s', async (length, asked, hint) => {
  const alice = await startSingleUser();
  const { revision = 0, digest = '' } = alice.home.tables.get('routes', alice.actors.user.pubkey) ?? {};
  const peers = Array.from({ length }, (_, i) => ({
    name: `builder-${i}`,
    kind: 'agent' as const,
    pubkey: null,
    relays: [],
    relations: [],
  }));
  const self = { name: 'alice', kind: 'user' as const, pubkey: alice.actors.user.pubkey };
  await alice.hear({
    type: 'routes',
    from: 'host',
    to: 'user',
    body: { n: 9, revision, digest, self, peers, approval: {}, policy: {} },
  });
  expect(() => peerNamed(alice.home, asked)).toThrow(
    expect.objectContaining({ hint: typeof hint === 'string' ? hint : expect.stringMatching(hint) }),
  );
});

test('a node that runs is asked under its key, and waited for no longer', async () => {
  const alice = await startSingleUser();
  expect(peerNamed(alice.home, 'builder').pubkey).toBe(alice.actors.node.pubkey);
  expect(isComing(alice.home, 'builder')).toBe(false);
});

test('a node that the routes before do not name is waited for while the list of newer ones is on its way', async () => {
  const alice = await startSingleUser();
  expect(isComing(alice.home, 'agent-7')).toBe(false);
  const { revision = 0, digest = '' } = alice.home.tables.get('routes', alice.actors.user.pubkey) ?? {};
  const self = { name: 'alice', kind: 'user' as const, pubkey: alice.actors.user.pubkey };
  const list = { sha256: 'ab'.repeat(32), size: 100, peers: 1 };
  const body = { n: 9, revision, digest, self, peers: [], list, approval: {}, policy: {} };
  await alice.hear({ type: 'routes', from: 'host', to: 'user', body });
  expect([isComing(alice.home, 'agent-7'), isComing(alice.home, 'builder')]).toEqual([true, false]);
});

test('one’s own key is called as the graph calls it, whatever name its invite was for', async () => {
  const { home, actors, hearRoutes } = await startSingleUser(null);
  expect(nameOf(home, actors.user.pubkey)).not.toBe('carol');
  await hearRoutes(
    { carol: 'user', bob: 'bob', builder: 'node' },
    USER_GRAPH.replaceAll('alice', 'carol'),
    'carol',
  );
  expect(nameOf(home, actors.user.pubkey)).toBe('carol');
});

test('a key is called as its hello did, as what it is, as the routes do, or by itself', async () => {
  const { home, actors } = await startSingleUser();
  const names = ['user', 'host', 'node', 'stranger'] as const;
  expect(names.map((name) => nameOf(home, actors[name].pubkey))).toEqual([
    'alice',
    'host',
    'builder',
    npub(actors.stranger.pubkey),
  ]);
});
