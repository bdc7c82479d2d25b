/**
 * Git principals over real transports: a key that the Host made, with sshd; a token, with https; signed commits; nothing that leaks.
 * And a runner that lies, over https: what may push is withheld until people approved, and it never has it before. It is the
 * real one in this process, whose git is patched; Host, relay and people are processes of their own.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { wireRunner } from '../../src/cli/wiring/runner-process.ts';
import type { PrincipalView } from '../../src/core/host-api/principal-view.ts';
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
import { httpsGit, servesHttps, servesSsh, sshGit } from '../support/git-servers.ts';
import { approveAs, inboxAs, stayOpen } from '../support/own-user.ts';

if (!servesHttps) console.log('git principals passed over: git http-backend or openssl is not installed');
else if (!servesSsh) console.log('git principals with a key passed over: sshd is not installed');
const here = tempHomes();
const TOKEN = `tok-${crypto.randomUUID()}`;
const [READS, PUSHES] = [`tok-reads-${crypto.randomUUID()}`, `tok-pushes-${crypto.randomUUID()}`];
let remote: Fixture;
let https: Awaited<ReturnType<typeof httpsGit>>;
let ssh: Awaited<ReturnType<typeof sshGit>>;
let fed: CustomFederation;
let host: string;
let leave: (() => Promise<void>)[] = [];
let liar: Awaited<ReturnType<typeof wireRunner>> | undefined;
const askpass = join(import.meta.dirname, '../../src/adapters/git/askpass-main.ts');
const git = createGit({ askpass: [process.execPath, bundledProgram(askpass)] });

/** Whose environment or command line has it, of all processes of this machine. */
const leaks = (hidden: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => ['environ', 'cmdline'].map((file) => `/proc/${pid}/${file}`))
    .filter((path) => {
      try {
        return readFileSync(path, 'latin1').includes(hidden);
      } catch {
        return false;
      }
    });
const found = (hidden: string): string[] => {
  const grep = spawnSync('grep', ['-rlaF', '-f', '-', here.root], { input: hidden, encoding: 'utf8' });
  return grep.stdout.split('\n').filter(Boolean);
};
const principals = async () =>
  (await json<OutputOf<'principals.list'>>(host, ['host', 'principal', 'list'])).items;
const approvals = { 'source.publish': { by: ['alice'], quorum: 1 } };
const ofBoth = { 'source.publish': { by: ['alice', 'bob'], quorum: 2 } };

const trusted = process.env.GIT_SSL_CAINFO;
beforeAll(async () => {
  if (!servesHttps) return;
  remote = gitFixture({ 'a.txt': 'a\n' });
  const tokens = { [TOKEN]: 'write', [READS]: 'read', [PUSHES]: 'write' } as const;
  https = await httpsGit(remote.root, remote.remote, tokens);
  if (servesSsh) ssh = await sshGit(remote.root);
  process.env.GIT_SSL_CAINFO = https.ca;
  const repository = `https://${https.host}/remote.git`;
  const nodes = [...(servesSsh ? ['signer'] : []), 'webber', 'builder'];
  fed = await startCustomFederation(here, {
    users: { alice: null, bob: null },
    agents: Object.fromEntries(
      nodes.map((one) => [one, { approval: one === 'builder' ? ofBoth : approvals }]),
    ),
    workspaces: {
      ...(servesSsh && { signer: { repository: ssh.urlOf(remote.remote), principal: 'ci-bot' } }),
      webber: { repository, principal: 'web-bot', evidence: 'none' },
      builder: { repository, principal: 'held-bot' },
    },
    protocols: ['ssh', 'https'],
    edges: [
      ...nodes.flatMap((one) => [`alice delegates_to ${one}`, `alice approves ${one}`]),
      'bob approves builder',
    ],
  });
  host = fed.homes.host!;
  leave = [await stayOpen(fed.homes.alice!), await stayOpen(fed.homes.bob!)];
});
afterAll(async () => {
  if (trusted === undefined) delete process.env.GIT_SSL_CAINFO;
  else process.env.GIT_SSL_CAINFO = trusted;
  for (const one of leave) await one();
  await liar?.close();
  await fed?.close();
  await ssh?.close();
  await https?.close();
  remote?.remove();
});

const published = async (node: string, task: string): Promise<string> => {
  const session = await fed.ask('alice', node, task);
  const asks = await fed.waited('alice', session, 'approval');
  await approveAs(fed.homes.alice!, asks.approvals[0]!.id);
  const end = await fed.waited('alice', session, 'end');
  expect(end).toMatchObject({ state: 'completed', artifacts: [{ branch: `entangle/${node}/${session}` }] });
  return plainGit(remote.remote, 'rev-parse', `refs/heads/entangle/${node}/${session}`);
};

describe.runIf(servesHttps && servesSsh)('a git principal', () => {
  test('that a node names and nobody set: its turns fail, and say what to do', async () => {
    expect(await principals()).toMatchObject([
      { name: 'ci-bot', set: null, nodes: ['signer'] },
      { name: 'held-bot', set: null, nodes: ['builder'] },
      { name: 'web-bot', set: null, nodes: ['webber'] },
    ]);
    const session = await fed.ask('alice', 'signer', 'true');
    expect(
      await fed.waited('alice', session, 'end').catch(() => fed.session('alice', session)),
    ).toMatchObject({
      ...{ state: 'failed', reason: 'secret_unavailable' },
      summary: expect.stringContaining('`entangle host principal set ci-bot`'),
    });
  });

  test('with a key that its Host made clones, signs and pushes over sshd; git verifies whose commit it is', async () => {
    const made = await json<PrincipalView>(host, ['host', 'principal', 'keygen', 'ci-bot']);
    ssh.allow(made.publicKey!);
    const known = here.file('known_hosts', `# compared\n${ssh.knownHosts}`);
    const email = ['--name', 'CI Bot', '--email', 'ci@example.org'];
    await json(host, ['host', 'principal', 'set', 'ci-bot', '--known-hosts', known, ...email]);
    expect(await principals()).toMatchObject([
      {
        ...{ name: 'ci-bot', publicKey: made.publicKey, trouble: null },
        facts: { author: 'CI Bot <ci@example.org>', ssh: 'ci-bot', knownHosts: ssh.knownHosts },
      },
      { name: 'held-bot' },
      { name: 'web-bot' },
    ]);
    const commit = await published('signer', 'echo more >> a.txt');
    const signers = await run(host, ['graph', 'allowed-signers']);
    const allowed = here.file('allowed', signers.stdout);
    expect(signers.stdout).toContain(`ci-bot namespaces="git" ${made.publicKey}`);
    const verified = spawnSync(
      'git',
      ['-c', `gpg.ssh.allowedSignersFile=${allowed}`, 'verify-commit', commit],
      { cwd: remote.remote, encoding: 'utf8' },
    );
    expect(verified).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('Good "git" signature for ci-bot'),
    });
    expect(plainGit(remote.remote, 'log', '-1', '--format=%an <%ae>', commit)).toBe(
      'CI Bot <ci@example.org>',
    );
    // Its evidence follows in its own time, with logins of its own
    const evidence = ['for-each-ref', '--format=%(refname)', 'refs/entangle/attestations'];
    await until('the evidence', async () => plainGit(remote.remote, ...evidence) !== '');
    // Of the key nothing is left, and nobody was shown it
    await until('no file with it', async () => found('BEGIN OPENSSH PRIVATE KEY').length === 0);
    expect(leaks('BEGIN OPENSSH PRIVATE KEY')).toEqual([]);
  });

  test('logs in at no host whose key it does not pin', async () => {
    const other = here.file('other_hosts', ssh.knownHosts.replace(/ AAAA.*/, ` ${otherKey()}`));
    await json(host, ['host', 'principal', 'set', 'ci-bot', '--known-hosts', other]);
    const tried = ssh.log.filter((line) => line.includes('Accepted publickey')).length;
    const session = await fed.ask('alice', 'signer', 'true');
    const end = await fed.waited('alice', session, 'end').catch(() => fed.session('alice', session));
    expect(end).toMatchObject({ state: 'failed', summary: expect.stringMatching(/host key|known_hosts/i) });
    expect(ssh.log.filter((line) => line.includes('Accepted publickey'))).toHaveLength(tried);
    await json(host, [
      'host',
      'principal',
      'set',
      'ci-bot',
      '--known-hosts',
      here.file('again', ssh.knownHosts),
    ]);
  });

  test('with a token clones and pushes over https, and the token is in nothing but the request', async () => {
    await run(host, ['host', 'secret', 'set', 'web-token'], `${TOKEN}\n`);
    const token = ['--https-token-secret', 'web-token', '--https-host', https.host];
    await json(host, ['host', 'principal', 'set', 'web-bot', ...token]);
    const commit = await published('webber', 'echo web > b.txt');
    expect(plainGit(remote.remote, 'show', `${commit}:b.txt`)).toBe('web');
    const sent = https.seen.filter(({ authorization }) => authorization !== undefined);
    expect(sent.length).toBeGreaterThan(0);
    expect(JSON.stringify(https.seen.map(({ url }) => url))).not.toContain(TOKEN);
    expect(found(TOKEN)).toEqual([]);
    expect(leaks(TOKEN)).toEqual([]);
    const logs = [...fed.serving('host').log, ...fed.serving('runner').log].join('\n');
    expect(logs).not.toContain(TOKEN);
  });

  test('whose token is for another host does not show it to this one', async () => {
    const token = ['--https-token-secret', 'web-token', '--https-host', 'git.example.org'];
    await json(host, ['host', 'principal', 'set', 'web-bot', ...token]);
    https.seen.length = 0;
    const session = await fed.ask('alice', 'webber', 'true');
    const end = await fed.waited('alice', session, 'end').catch(() => fed.session('alice', session));
    expect(end).toMatchObject({ state: 'failed' });
    expect(https.seen.length).toBeGreaterThan(0);
    expect(https.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  test('does not take the key of another one, nor of what signs here', async () => {
    const shared = await run(host, ['host', 'principal', 'set', 'web-bot', '--ssh-key-secret', 'ci-bot']);
    expect(shared).toMatchObject({
      code: 8,
      stderr: expect.stringContaining('is of the principal "ci-bot" already'),
    });
    const given = await run(host, ['host', 'secret', 'set', 'ci-bot'], 'no key of SSH at all\n');
    expect(given).toMatchObject({ code: 8, stderr: expect.stringContaining('no Ed25519 key') });
  });
});

const otherKey = (): string => {
  const file = join(here.root, 'other-host-key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const text = readFileSync(`${file}.pub`, 'utf8').split(' ')[1]!;
  writeFileSync(file, '');
  return text;
};

/** Pushes that the remote let in. */
const refs = () => plainGit(remote.remote, 'for-each-ref', '--format=%(refname) %(objectname)');
const heads = () =>
  refs()
    .split('\n')
    .filter((line) => line.includes('/heads/'));
const evidenceOf = (commit: string) =>
  until('the evidence', async () => {
    const ref = 'refs/entangle/attestations';
    return refs().includes(ref) && plainGit(remote.remote, 'ls-tree', '--name-only', ref).includes(commit);
  });
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
  beforeAll(async () => {
    await run(host, ['host', 'secret', 'set', 'reads'], READS);
    await run(host, ['host', 'secret', 'set', 'pushes'], PUSHES);
    const set = ['--https-token-secret', 'reads', '--https-host', https.host];
    await json(host, ['host', 'principal', 'set', 'held-bot', ...set, '--push-token-secret', 'pushes']);
  });

  test('is used by a runner that is honest for the approved commit alone, and once for it', async () => {
    https.seen.length = 0;
    const before = heads();
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
    await evidenceOf(commit);
    expect(https.seen.filter(({ url }) => url.endsWith('/git-receive-pack')).length).toBeLessThanOrEqual(3);
    expect(heads()).toHaveLength(before.length + 1);
    const { items } = await json<OutputOf<'secrets.list'>>(fed.homes.host!, ['host', 'secret', 'list']);
    expect(items.find(({ name }) => name === 'pushes')!.grants.map(({ runner }) => runner)).toEqual(['r1']);
    const kept = spawnSync('grep', ['-rlaF', '-f', '-', here.root], { input: PUSHES, encoding: 'utf8' });
    expect(kept.stdout).toBe('');
  });

  test('T187 is given to one that lies only for what the quorum approved, and T190 what else it pushes then verify finds', async () => {
    await fed.serving('runner').kill();
    const lies: Record<string, string> = {};
    const log: string[] = [];
    liar = await wireRunner(resolveHome(fed.homes.runner!, {}, here.root), 'default', {
      input: false,
      log: (_level, text) => log.push(text),
    });
    const { runner } = liar.running;
    const asks = (publish?: Publication) => askForPrincipal(runner, session, 'held-bot', publish);
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
    const withheld = 'the Host withholds what pushes as git principal "held-bot"';
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
    await evidenceOf(commit);
    const clone = join(here.root, 'clone');
    plainGit(here.root, 'clone', '--quiet', remote.remote, clone);
    plainGit(clone, 'fetch', '--quiet', 'origin', '+refs/entangle/*:refs/entangle/*');
    const url = `https://${https.host}/remote.git`;
    const of = ['--repo', clone, '--authority', fed.graph.split('/')[0]!, '--repository', url];
    const nobody = here.home('nobody');
    expect(await run(nobody, ['verify', commit, ...of])).toMatchObject({ code: 0, stderr: '' });
    const found = await run(nobody, ['verify', `origin/sneaked-${session}`, ...of]);
    expect(found).toMatchObject({ code: 6 });
  });
});
