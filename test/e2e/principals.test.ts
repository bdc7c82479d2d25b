/** Git principals over real transports: a key that the Host made, with sshd; a token, with https; signed commits; nothing that leaks. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PrincipalView } from '../../src/core/host-api/principal-view.ts';
import type { OutputOf } from '../../src/core/host-api/table.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { type Fixture, gitFixture, plainGit } from '../support/git-fixtures.ts';
import { httpsGit, servesHttps, servesSsh, sshGit } from '../support/git-servers.ts';
import { approveAs } from '../support/own-user.ts';

if (!servesHttps || !servesSsh)
  console.log('principals passed over: git http-backend, openssl or sshd is not installed');
const here = tempHomes();
const TOKEN = `tok-${crypto.randomUUID()}`;
let remote: Fixture;
let https: Awaited<ReturnType<typeof httpsGit>>;
let ssh: Awaited<ReturnType<typeof sshGit>>;
let fed: CustomFederation;
let host: string;

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

const trusted = process.env.GIT_SSL_CAINFO;
beforeAll(async () => {
  if (!servesHttps || !servesSsh) return;
  remote = gitFixture({ 'a.txt': 'a\n' });
  https = await httpsGit(remote.root, remote.remote, { [TOKEN]: 'write' });
  ssh = await sshGit(remote.root);
  process.env.GIT_SSL_CAINFO = https.ca;
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { signer: { approval: approvals }, webber: { approval: approvals } },
    workspaces: {
      signer: { repository: ssh.urlOf(remote.remote), principal: 'ci-bot' },
      webber: { repository: `https://${https.host}/remote.git`, principal: 'web-bot', evidence: 'none' },
    },
    protocols: ['ssh', 'https'],
    edges: ['signer', 'webber'].flatMap((one) => [`alice delegates_to ${one}`, `alice approves ${one}`]),
  });
  host = fed.homes.host!;
}, 120_000);
afterAll(async () => {
  if (trusted === undefined) delete process.env.GIT_SSL_CAINFO;
  else process.env.GIT_SSL_CAINFO = trusted;
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
      { name: 'web-bot', set: null, nodes: ['webber'] },
    ]);
    const session = await fed.ask('alice', 'signer', 'true');
    expect(
      await fed.waited('alice', session, 'end').catch(() => fed.session('alice', session)),
    ).toMatchObject({
      ...{ state: 'failed', reason: 'secret_unavailable' },
      summary: expect.stringContaining('`entangle host principal set ci-bot`'),
    });
  }, 90_000);

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
  }, 120_000);

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
  }, 90_000);

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
  }, 120_000);

  test('whose token is for another host does not show it to this one', async () => {
    const token = ['--https-token-secret', 'web-token', '--https-host', 'git.example.org'];
    await json(host, ['host', 'principal', 'set', 'web-bot', ...token]);
    https.seen.length = 0;
    const session = await fed.ask('alice', 'webber', 'true');
    const end = await fed.waited('alice', session, 'end').catch(() => fed.session('alice', session));
    expect(end).toMatchObject({ state: 'failed' });
    expect(https.seen.length).toBeGreaterThan(0);
    expect(https.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  }, 90_000);

  test('does not take the key of another one, nor of what signs here', async () => {
    const shared = await run(host, ['host', 'principal', 'set', 'web-bot', '--ssh-key-secret', 'ci-bot']);
    expect(shared).toMatchObject({
      code: 8,
      stderr: expect.stringContaining('is of the principal "ci-bot" already'),
    });
    const given = await run(host, ['host', 'secret', 'set', 'ci-bot'], 'no key of SSH at all\n');
    expect(given).toMatchObject({ code: 8, stderr: expect.stringContaining('no Ed25519 key') });
  }, 60_000);
});

const otherKey = (): string => {
  const file = join(here.root, 'other-host-key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const text = readFileSync(`${file}.pub`, 'utf8').split(' ')[1]!;
  writeFileSync(file, '');
  return text;
};
