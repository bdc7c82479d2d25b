/** A git principal at its runner: asked of the Host when a turn begins, in files while git runs, and gone then. */
import { expect, test } from 'vitest';
import {
  FREE_GRAPH,
  RUNNER_GRAPH,
  type SingleRunner,
  startReadyRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { conversationKey, encrypt } from '../../core/crypto/nip44.ts';
import { fromHex, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { dump } from '../../core/projection/dump.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { type PrincipalCredential, writeCredential } from '../../core/source/principal.ts';
import { PUBLISH_DENIALS, type PublishDenial } from '../../core/vocabulary.ts';
import type { Principal } from '../../ports/index.ts';
import { throughPrincipals } from './principal.ts';

const S = uuidOf(0xe1);
const CREDENTIAL: PrincipalCredential = {
  ...{ author: 'Bot <bot@example.com>', sshKey: 'of-a-key-4711', knownHosts: null },
  token: { value: 'tok-4711', host: 'git.example.org', user: 'bot' },
};
const of = (graph: string) => graph.replace('base: main', 'base: main, principal: bot');

/** With what git was told, each time that it was called, and which files there were. */
const start = async (graph: string) => {
  let files: Record<string, string> = {};
  const seen: Record<string, string>[] = [];
  const one = await startReadyRunner({
    graph: of(graph),
    script: ({ write }) => {
      seen.push({ ...files });
      write('done.txt', 'done');
    },
  });
  const calls: [string, Principal, Record<string, string>][] = [];
  one.runner.withFiles = async (texts, work) => {
    files = { ...texts };
    return work((name) => `/private/${name}`).finally(() => {
      files = {};
    });
  };
  const { git } = one.runner;
  const { fetch, commit, push } = git;
  const told = (call: string, { principal }: { principal: Principal }) =>
    calls.push([call, principal, { ...files }]);
  // Beneath what puts the credential into the call, which a second layer of it does
  one.runner.git = throughPrincipals(
    {
      ...git,
      fetch: (repository, branches) => {
        told('fetch', repository);
        return fetch({ ...withoutAsking(repository) }, branches);
      },
      commit: (repository, ...more) => {
        told('commit', repository);
        return commit(withoutAsking(repository), ...more);
      },
      push: (repository, more) => {
        told('push', repository);
        return push(withoutAsking(repository), more);
      },
    },
    () => one.runner,
  );
  return { one, calls, seen };
};
const withoutAsking = <T extends { asks?: unknown }>({ asks: _asks, ...rest }: T) => rest;
const asked = (one: SingleRunner) => one.said('secret.request');
const wait = async (one: SingleRunner, count = 1) => {
  await one.time.until(`request ${count}`, () => asked(one).length === count, 30_000);
  return asked(one).at(-1)!;
};
type Request = Awaited<ReturnType<typeof wait>>;
const about = ({ body: { assignment, fence, name } }: Request) => ({ assignment, fence, name });
const grant = (one: SingleRunner, request: Request, credential = CREDENTIAL) => {
  const { suite } = one.home;
  const own = suite.sha256(utf8(`host ${request.event.id}`));
  const pair = conversationKey(suite, own, fromHex(request.body.key), new Uint8Array(32).fill(1));
  const box = encrypt(suite, pair, writeCredential(credential), new Uint8Array(32).fill(2));
  const version = '5a'.repeat(16);
  const body = { ...about(request), version, key: toHex(suite.publicKey(own)), box, holds: [] };
  return one.hear({ type: 'secret.grant', from: 'host', to: 'runner', re: request.event.id, body });
};

test('one grant is good for a turn: git has its files while it runs, and the engine finds none', async () => {
  const { one, calls, seen } = await start(FREE_GRAPH);
  await one.request(S);
  const request = await wait(one);
  expect(request.body).toMatchObject({ name: 'bot', principal: true });
  await one.time.pass(3000);
  expect(calls).toEqual([]);
  await grant(one, request);
  await one.time.until('the commit', () => calls.some(([call]) => call === 'commit'), 30_000);
  expect(asked(one)).toHaveLength(1);
  const key = { sshKeyFile: '/private/key', knownHostsFile: '/private/hosts' };
  const token = { tokenFile: '/private/token', tokenHost: 'git.example.org', tokenUser: 'bot' };
  const principal = { name: 'Bot', email: 'bot@example.com', ...key, ...token };
  const texts = { key: 'of-a-key-4711', hosts: '', token: 'tok-4711' };
  expect(calls.slice(0, 2)).toEqual([
    ['fetch', principal, texts],
    ['commit', principal, texts],
  ]);
  expect(seen).toEqual([{}]);
  // The turn is over: for the push it is asked anew
  await grant(one, await wait(one, 2), { ...CREDENTIAL, sshKey: null, token: null });
  await one.reach(S, 'completed');
  expect(calls.at(-1)).toEqual(['push', { name: 'Bot', email: 'bot@example.com' }, {}]);
  expect(one.runner.credentials.size).toBe(0);
  const kept = JSON.stringify([one.home.disk.lines, dump(one.home.tables, ROWS), one.said('task.result')]);
  for (const hidden of ['of-a-key-4711', 'tok-4711']) expect(kept).not.toContain(hidden);
  await one.close();
});

test('the author that the graph names stays', async () => {
  const graph = FREE_GRAPH.replace('base: main', 'base: main, author: "Ada <ada@example.com>"');
  const { one, calls } = await start(graph);
  await one.request(S);
  await grant(one, await wait(one));
  await grant(one, await wait(one, 2));
  await one.reach(S, 'completed');
  expect(new Set(calls.map(([, { name }]) => name))).toEqual(new Set(['Ada']));
  await one.close();
});

test.each([
  ['secret_missing', /no git principal "bot".*host principal set bot/],
  ['key_misused', /does not grant git principal "bot": its key is for something else/],
] as const)('without it (%s) a session fails at once, and no engine ran', async (reason, words) => {
  const { one, calls } = await start(RUNNER_GRAPH);
  await one.request(S);
  const request = await wait(one);
  const body = { ...about(request), reason };
  await one.hear({ type: 'secret.deny', from: 'host', to: 'runner', re: request.event.id, body });
  await one.reach(S, 'failed');
  expect(one.said('task.result').map(({ body }) => [body.reason, body.summary])).toEqual([
    ['secret_unavailable', expect.stringMatching(words)],
  ]);
  expect([calls, one.runs]).toEqual([[], []]);
  await one.close();
});

test('what opens to something else than a credential is none', async () => {
  const { one } = await start(FREE_GRAPH);
  await one.request(S);
  await grant(one, await wait(one), { ...CREDENTIAL, author: 'no author' });
  await one.reach(S, 'failed');
  expect(one.said('task.result')[0]!.body.summary).toContain('cannot be read');
  await one.close();
});

const PUSHES: PrincipalCredential = {
  ...CREDENTIAL,
  sshKey: null,
  token: { ...CREDENTIAL.token!, value: 'tok-pushes' },
};
/** Each request is answered as it comes; nothing where null, which a Host that is away says. */
const answering = async (
  { one }: Awaited<ReturnType<typeof start>>,
  pushes: PrincipalCredential | PublishDenial | null,
  isOver: () => boolean,
) => {
  const seen = new Set<string>();
  for (let steps = 0; !isOver(); steps++) {
    expect(steps, 'steps').toBeLessThan(200);
    await one.time.pass(500);
    for (const request of asked(one).filter(({ event }) => !seen.has(event.id))) {
      seen.add(request.event.id);
      const said = request.body.publish ? pushes : { ...CREDENTIAL, withheld: true as const };
      const answer = { from: 'host', to: 'runner', re: request.event.id } as const;
      if (typeof said === 'string')
        await one.hear({ type: 'secret.deny', ...answer, body: { ...about(request), reason: said } });
      else if (said) await grant(one, request, said);
    }
  }
};
const stateIn = ({ one }: Awaited<ReturnType<typeof start>>) => one.home.tables.get('sessions', S)?.state;
const approvedWork = async () => {
  const started = await start(RUNNER_GRAPH);
  await started.one.request(S);
  await answering(started, null, () => stateIn(started) === 'waiting_approval');
  await started.one.decide(S, 'user');
  return started;
};
const pushesIn = ({ calls }: Awaited<ReturnType<typeof start>>) => calls.filter(([call]) => call === 'push');
const publications = (one: SingleRunner) => asked(one).flatMap(({ body }) => body.publish ?? []);

test('T187 what its principal withholds is asked for with the approvals, is in files for the push alone, and pushes once', async () => {
  const started = await approvedWork();
  const { one } = started;
  // Not before people decided, and what reads was not tried
  expect([publications(one), pushesIn(started)]).toEqual([[], []]);
  await answering(started, PUSHES, () => stateIn(started) === 'completed');
  const [asking] = one.said('approval.request');
  expect(publications(one)).toEqual([
    {
      subject: asking!.body.subject,
      evidence: [expect.objectContaining({ pubkey: one.actors.user.pubkey })],
    },
  ]);
  expect(pushesIn(started).map(([, , files]) => files)).toEqual([{ token: 'tok-pushes' }]);
  expect(started.calls.filter(([call]) => call !== 'push').map(([, , { token }]) => token)).not.toContain(
    'tok-pushes',
  );
  expect(one.runner.credentials.size).toBe(0);
  await one.close();
});

test.each(PUBLISH_DENIALS)(
  'T187 where it is denied (%s) nothing is pushed, and the session says why',
  async (reason) => {
    const started = await approvedWork();
    const { one } = started;
    await answering(started, reason, () => stateIn(started) === 'failed');
    expect(one.said('task.result').map(({ body }) => [body.reason, body.summary])).toEqual([
      [
        'publish_not_granted',
        expect.stringContaining('the Host withholds what pushes as git principal "bot"'),
      ],
    ]);
    expect([pushesIn(started), publications(one).length]).toEqual([[], 1]);
    await one.close();
  },
);

test('T187 while the Host is away nothing is pushed, and it is asked again', async () => {
  const started = await approvedWork();
  const { one } = started;
  await answering(started, null, () => publications(one).length === 2);
  expect([stateIn(started), pushesIn(started)]).toEqual(['waiting_approval', []]);
  await answering(started, PUSHES, () => stateIn(started) === 'completed');
  await one.close();
});

test('T187 where nobody has to approve nothing is pushed by what is withheld', async () => {
  const started = await start(FREE_GRAPH);
  const { one } = started;
  await one.request(S);
  await answering(started, PUSHES, () => stateIn(started) === 'failed');
  expect(one.said('task.result').map(({ body }) => [body.reason, body.summary])).toEqual([
    ['publish_not_granted', expect.stringContaining('add a policy of who approves source.publish')],
  ]);
  expect([pushesIn(started), publications(one)]).toEqual([[], []]);
  await one.close();
});
