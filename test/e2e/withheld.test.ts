/**
 * A runner that lies, over https git: what may push is withheld until people approved, and it never has it before. It is the
 * real one in this process, whose git is patched; Host, relay and people are processes of their own.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { wireRunner } from '../../src/cli/wiring/runner-process.ts';
import type { OutputOf } from '../../src/core/host-api/table.ts';
import { publishOf } from '../../src/core/protocol/subject.ts';
import type { PrincipalCredential } from '../../src/core/source/principal.ts';
import type { Push, Repository } from '../../src/ports/index.ts';
import { approvalsOf } from '../../src/services/runner/evidence.ts';
import { subjectPut } from '../../src/services/runner/grants.ts';
import { askForPrincipal, type Publication } from '../../src/services/runner/secrets.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { type Fixture, gitFixture, plainGit } from '../support/git-fixtures.ts';
import { httpsGit, servesHttps } from '../support/git-servers.ts';
import { approveAs, inboxAs, stayOpen } from '../support/own-user.ts';

if (!servesHttps) console.log('withheld pushes passed over: git http-backend or openssl is not installed');
const here = tempHomes();
const [READS, PUSHES] = [`tok-reads-${crypto.randomUUID()}`, `tok-pushes-${crypto.randomUUID()}`];
let remote: Fixture;
let https: Awaited<ReturnType<typeof httpsGit>>;
let fed: CustomFederation;
let leave: (() => Promise<void>)[] = [];
let liar: Awaited<ReturnType<typeof wireRunner>> | undefined;
const askpass = join(import.meta.dirname, '../../src/adapters/git/askpass-main.ts');
const git = createGit({ askpass: [process.execPath, bundledProgram(askpass)] });
const approval = { 'source.publish': { by: ['alice', 'bob'], quorum: 2 } };

const trusted = process.env.GIT_SSL_CAINFO;
beforeAll(async () => {
  if (!servesHttps) return;
  remote = gitFixture({ 'a.txt': 'a\n' });
  https = await httpsGit(remote.root, remote.remote, { [READS]: 'read', [PUSHES]: 'write' });
  process.env.GIT_SSL_CAINFO = https.ca;
  fed = await startCustomFederation(here, {
    users: { alice: null, bob: null },
    agents: { builder: { approval } },
    workspaces: { builder: { repository: `https://${https.host}/remote.git`, principal: 'ci-bot' } },
    protocols: ['https'],
    edges: ['alice delegates_to builder', 'alice approves builder', 'bob approves builder'],
  });
  leave = [await stayOpen(fed.homes.alice!), await stayOpen(fed.homes.bob!)];
  const host = fed.homes.host!;
  await run(host, ['host', 'secret', 'set', 'reads'], READS);
  await run(host, ['host', 'secret', 'set', 'pushes'], PUSHES);
  const set = ['--https-token-secret', 'reads', '--https-host', https.host, '--push-token-secret', 'pushes'];
  await json(host, ['host', 'principal', 'set', 'ci-bot', ...set]);
}, 120_000);
afterAll(async () => {
  if (trusted === undefined) delete process.env.GIT_SSL_CAINFO;
  else process.env.GIT_SSL_CAINFO = trusted;
  for (const one of leave) await one();
  await liar?.close();
  await fed?.close();
  await https?.close();
  remote?.remove();
});

/** Pushes that the remote let in. */
const refs = () => plainGit(remote.remote, 'for-each-ref', '--format=%(refname) %(objectname)');
const branchOf = (session: string) => `refs/heads/entangle/builder/${session}`;
/** The id of what people are asked for. */
const askedIn = async (session: string) => (await fed.waited('alice', session, 'approval')).approvals[0]!.id;
const tokensSent = () =>
  https.seen.flatMap(({ url, authorization }) =>
    authorization && url.endsWith('git-receive-pack')
      ? [Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':')[1]]
      : [],
  );

/** What a lie came to: what the Host or the remote said to it, or that it worked. */
const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

describe.runIf(servesHttps)('what pushes, withheld', () => {
  test('is used by a runner that is honest for the approved commit alone, and once for it', async () => {
    https.seen.length = 0;
    const session = await fed.ask('alice', 'builder', 'echo more >> a.txt');
    const asked = await askedIn(session);
    await approveAs(fed.homes.alice!, asked);
    expect(tokensSent()).not.toContain(PUSHES);
    // The other one is asked too, and may hear of it later
    await inboxAs<{ id: string }>(fed.homes.bob!, ({ id }) => id === asked);
    await approveAs(fed.homes.bob!, asked);
    const end = await fed.waited('alice', session, 'end');
    const [{ commit }] = end.artifacts as [{ commit: string; branch: string }];
    expect(refs()).toContain(`${branchOf(session)} ${commit}`);
    // The commit, and the evidence beside it, which the same credential writes
    await until('the evidence', async () => refs().includes('refs/entangle/attestations'));
    expect(https.seen.filter(({ url }) => url.endsWith('/git-receive-pack')).length).toBeLessThanOrEqual(3);
    expect(
      refs()
        .split('\n')
        .filter((line) => line.includes('/heads/')),
    ).toHaveLength(2);
    const { items } = await json<OutputOf<'secrets.list'>>(fed.homes.host!, ['host', 'secret', 'list']);
    expect(items.find(({ name }) => name === 'pushes')!.grants.map(({ runner }) => runner)).toEqual(['r1']);
    const kept = spawnSync('grep', ['-rlaF', '-f', '-', here.root], { input: PUSHES, encoding: 'utf8' });
    expect(kept.stdout).toBe('');
  }, 120_000);

  test('T187 is given to one that lies only for what the quorum approved, and T190 what else it pushes then verify finds', async () => {
    await fed.serving('runner').kill();
    const lies: Record<string, string> = {};
    const log: string[] = [];
    liar = await wireRunner(resolveHome(fed.homes.runner!, {}, here.root), 'default', {
      input: false,
      log: (_level, text) => log.push(text),
    });
    const { runner } = liar.running;
    const asks = (publish?: Publication) => askForPrincipal(runner, session, 'ci-bot', publish);
    const pushWith = ({ token }: PrincipalCredential, repository: Repository, push: Push) =>
      runner.withFiles({ token: token!.value }, (pathOf) => {
        const { asks: _asks, ...own } = repository;
        const by = { tokenFile: pathOf('token'), tokenHost: token!.host, tokenUser: token!.user };
        return git.push({ ...own, principal: { ...own.principal, ...by } }, push);
      });
    const lie = async (name: string, work: () => Promise<unknown>) => {
      lies[name] = await work().then(String, told);
    };
    const approved = async (commit: string): Promise<Publication> => {
      const turn = runner.home.tables.list('turns', { session }).find((one) => one.commit_id === commit)!;
      const row = runner.home.tables.get('approvals', turn.approval)!;
      const subject = publishOf(await subjectPut(runner, row))!;
      return { subject, evidence: await approvalsOf(runner, row, { subject }) };
    };
    /** A commit of its own that nobody saw. */
    const sneaked = ({ store }: Repository, over: string) => {
      const args = ['-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit-tree', `${over}^{tree}`];
      return plainGit(store, ...args, '-p', over, '-m', 'sneaked');
    };
    const honest = runner.git;
    let session = '';
    // Before people are asked, and again with the approval of one of two: a commit is there, and it pushes it
    runner.git = {
      ...honest,
      objection: async (repository, push) => {
        const reads = await asks();
        await lie('by what reads', () => pushWith(reads, repository, push));
        return null;
      },
      push: async (repository, push) => {
        const publish = await approved(push.commit);
        const one = { ...publish, evidence: publish.evidence.slice(0, 1) };
        await lie('with one of two', () => asks(one));
        await lie('the same one twice', () => asks({ ...one, evidence: [...one.evidence, ...one.evidence] }));
        const commit = sneaked(repository, push.commit);
        const other = { ...publish, subject: { ...publish.subject, commit } };
        await lie('another commit', () => asks(other));
        const main = { ...publish.subject, ref: 'refs/heads/main' };
        await lie('another branch', () => asks({ ...publish, subject: main }));
        expect(refs()).not.toContain(session);
        const pushes = await asks(publish);
        await lie('what was approved', () => pushWith(pushes, repository, push));
        await lie('the same again', async () => pushWith(await asks(publish), repository, push));
        await lie('another by the same approval', () => asks(other));
        await lie('kept and used', () =>
          pushWith(pushes, repository, { commit, branch: `sneaked-${session}`, expected: null }),
        );
        return 'pushed';
      },
    };
    session = await fed.ask('alice', 'builder', 'echo lied >> a.txt');
    const asked = await askedIn(session);
    await approveAs(fed.homes.alice!, asked);
    expect(lies['by what reads']).toMatch(/this token only reads|403|refused/);
    expect(refs()).not.toContain(session);
    // The other one is asked too, and may hear of it later
    await inboxAs<{ id: string }>(fed.homes.bob!, ({ id }) => id === asked);
    await approveAs(fed.homes.bob!, asked);
    const end = await fed.waited('alice', session, 'end');
    const withheld = 'the Host withholds what pushes as git principal "ci-bot"';
    const few = `${withheld}: too few of the people whom the policy names approved it`;
    expect(lies).toMatchObject({
      'with one of two': few,
      'the same one twice': few,
      'another commit': few,
      'another branch': `${withheld}: it is of another session, repository or branch than its node has now`,
      'what was approved': 'pushed',
      'the same again': 'pushed',
      'another by the same approval': `${withheld}: it was granted for this approval before, and is another key or for another commit now`,
      // Not hindered: this the people who let it publish could not know
      'kept and used': 'pushed',
    });
    const [{ commit }] = end.artifacts as [{ commit: string; branch: string }];
    const written = refs()
      .split('\n')
      .filter((line) => line.includes(session));
    expect(written).toHaveLength(2);
    expect(written[0]).toBe(`${branchOf(session)} ${commit}`);
    // Found out by whoever looks, without the runner
    await until('the evidence', async () => {
      const ref = 'refs/entangle/attestations';
      return refs().includes(ref) && plainGit(remote.remote, 'ls-tree', '--name-only', ref).includes(commit);
    });
    const clone = join(here.root, 'clone');
    plainGit(here.root, 'clone', '--quiet', remote.remote, clone);
    plainGit(clone, 'fetch', '--quiet', 'origin', '+refs/entangle/*:refs/entangle/*');
    const url = `https://${https.host}/remote.git`;
    const of = ['--repo', clone, '--authority', fed.graph.split('/')[0]!, '--repository', url];
    const nobody = here.home('nobody');
    expect(await run(nobody, ['verify', commit, ...of])).toMatchObject({ code: 0, stderr: '' });
    const found = await run(nobody, ['verify', `origin/sneaked-${session}`, ...of]);
    expect(found).toMatchObject({ code: 6 });
  }, 180_000);
});
