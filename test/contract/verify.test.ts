/** `entangle verify` over a clone that plain git made, with no home: what is verified, and each way in which it is not. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { openEvidenceSource } from '../../src/adapters/git/evidence-source.ts';
import { createGit } from '../../src/adapters/git/git.ts';
import { commitLog, commitLogText } from '../../src/cli/evidence/log.ts';
import { verifiedText, verify } from '../../src/cli/evidence/verify.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { logPublicKey } from '../../src/core/crypto/ed25519.ts';
import { toHex } from '../../src/core/encoding/bytes.ts';
import { npub } from '../../src/core/encoding/id.ts';
import type { Attested } from '../../src/core/evidence/read.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { composeRecord } from '../../src/core/protocol/compose.ts';
import type { CommitLog } from '../../src/services/user/commit-log.ts';
import { attest, LOG_KEY } from '../support/attested.ts';
import {
  commitAll,
  type Fixture,
  feedGit,
  gitFixture,
  give,
  plainGit,
  writeFiles,
} from '../support/git-fixtures.ts';
import { sshsigBy, testSshKey } from '../support/ssh-token.ts';
import { createWorld, NOW } from '../support/world.ts';

const world = createWorld(suiteWasm);
const HOST = npub(world.actors.host.pubkey);
const REF = 'refs/entangle/attestations';
let fixture: Fixture;
let commit: string;
let attested: Attested;
const put = (id: string, files: Attested) =>
  createGit().attest(fixture.repository, { commit: id, files, at: NOW });

/** A branch over main, pushed; its head. */
const branch = (name: string, files: Record<string, string>): string => {
  const { work, remote } = fixture;
  plainGit(work, 'checkout', '--quiet', '-b', name, 'main');
  writeFiles(work, files);
  const head = commitAll(work, name);
  give(work, remote, head, name);
  return head;
};
/** A base that says whom to trust. */
const withTrust = (name: string, text: string): string => branch(name, { '.entangle/trust.yaml': text });
let clones = 0;
/** What a clone was, by its options and by all that the remote had: nothing in one names where it is. */
const made = new Map<string, string>();
const references = (): string => {
  const below = join(fixture.remote, 'refs');
  const files = readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(below, name)).isFile(),
  );
  return files.map((name) => `${name} ${readFileSync(join(below, name), 'utf8')}`).join('');
};
const cloned = (...options: string[]): string => {
  const kind = `${options.join(' ')}\n${references()}`;
  const first = made.get(kind) ?? `made-${clones}`;
  if (!made.has(kind)) {
    // A clone of one branch alone cannot be told to fetch another reference
    const isWhole = options.length === 0;
    const beside = isWhole ? ['--config', `remote.origin.fetch=+${REF}:${REF}`] : options;
    plainGit(fixture.root, 'clone', '--quiet', ...beside, fixture.repository.url, first);
    if (!isWhole) plainGit(join(fixture.root, first), 'fetch', '--quiet', 'origin', `+${REF}:${REF}`);
    made.set(kind, first);
  }
  const clone = join(fixture.root, `clone-${clones++}`);
  cpSync(join(fixture.root, first), clone, { recursive: true });
  return clone;
};

beforeAll(async () => {
  fixture = gitFixture();
  commit = branch('x', { 'a.txt': 'approved\n' });
  const facts = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(commit);
  attested = attest(world, { facts, remote: fixture.repository.url });
  await put(commit, attested);
});
afterAll(() => fixture.remove());

type Given = {
  words?: string;
  repo?: string;
  authority?: string[];
  branch?: string;
  repository?: string;
  require?: string;
};
const checked = (
  { words = 'origin/x', repo, authority = [HOST], require = '', ...rest }: Given = {},
  home = 'none',
) =>
  verify(
    words,
    { repo: repo ?? cloned(), authority, require, ...rest },
    { home: resolveHome(join(fixture.root, home), {}, '/'), json: true },
  );
const refused = (given: Given, home?: string) =>
  checked(given, home).then(
    () => 'verified',
    ({ code, message, details }) => [code, /\(([a-z_]+)\)$/.exec(message)?.[1] ?? message, details?.length],
  );

test('a fresh clone without a home is enough, for the commit and for its range', async () => {
  const item = { commit, verdict: 'verified', fault: null, signed: ['bob'], told: [], node: 'builder' };
  expect(await checked({ require: 'exact', branch: 'x' })).toMatchObject({
    items: [{ ...item, authority: HOST }],
  });
  const range = { words: 'origin/main..origin/x', require: 'quorum=1' };
  expect(await checked(range)).toMatchObject({ commits: 1, items: [item] });
  expect(await checked({ words: 'origin/x..origin/x' })).toEqual({ commits: 0, items: [] });
});

test('who touched a key for it is told, and can be required; a signature that is changed is damage', async () => {
  const touched = branch('touched', { 'a.txt': 'touched\n' });
  const facts = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(touched);
  const given = {
    ...{ facts, remote: fixture.repository.url, touch: true, logged: true },
    ssh: { bob: (line: string) => sshsigBy(testSshKey({ seed: 3 }), line) },
  };
  const made = attest(world, given);
  await put(touched, made);
  const found = await checked({ words: touched, require: 'touch,logged' });
  expect(found).toMatchObject({ items: [{ verdict: 'verified', touched: ['bob'], logged: true }] });
  expect(verifiedText(found)).toContain('approved by bob (with the touch of a key)');
  expect(verifiedText(found)).toMatch(/, in the log of its Host$/);
  expect(await refused({ require: 'touch' })).toEqual(['denied', 'touch_required', 1]);
  expect(await refused({ require: 'logged' })).toEqual(['denied', 'not_logged', 1]);
  const changed = made.signatures.bob!.replace('U1NIU0lH', 'U1NIU0lI');
  await put(touched, { ...made, signatures: { bob: changed } });
  expect(await refused({ words: touched })).toEqual(['invalid', 'ssh_signature', 1]);
});

test('T152 what a key of the log signs after it was replaced is refused; that is told beside the commits, and by the base', async () => {
  const late = branch('late', { 'a.txt': 'late\n' });
  const facts = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(late);
  await put(late, attest(world, { facts, remote: fixture.repository.url, logged: true }));
  const log = toHex(logPublicKey(LOG_KEY));
  const rotated = (until: number, size: number, key = world.actors.host.secretKey) =>
    composeRecord(
      suiteWasm,
      'log.rotated',
      { from: log, to: 'bb'.repeat(32), size, root: 'cc'.repeat(32), until },
      { secretKey: key, graph: world.graph, createdAt: until, random: world.random },
    );
  const told = async (...records: SignedEvent[]) => {
    const text = records.map((one) => `${JSON.stringify(one)}\n`).join('');
    const keys = { host: world.actors.host.pubkey, over: () => text };
    await createGit().attest(fixture.repository, { commit, files: attested, at: NOW, keys });
  };
  const words = 'origin/late';
  expect(await refused({ words })).toBe('verified');
  // In time, and by somebody else than the Host
  await told(rotated(NOW, 5), rotated(NOW - 1, 5, world.actors.user.secretKey));
  expect(await refused({ words })).toBe('verified');
  await told(rotated(NOW - 1, 5));
  expect(await refused({ words })).toEqual(['denied', 'retired_log_key', 1]);
  // The event is of before; its proof is of a head that the key signed later
  await told(rotated(NOW, 4));
  expect(await refused({ words })).toEqual(['denied', 'retired_log_key', 1]);
  // What cannot be read hides nothing
  const keys = { host: world.actors.host.pubkey, over: () => ' '.repeat(70_000) };
  await createGit().attest(fixture.repository, { commit, files: attested, at: NOW, keys });
  expect(await refused({ words })).toEqual(['invalid', expect.stringContaining('cannot be read'), undefined]);
  // Whoever may write there takes it away: the base says it too
  await createGit().attest(fixture.repository, {
    commit,
    files: attested,
    at: NOW,
    keys: { ...keys, over: () => '' },
  });
  expect(await refused({ words })).toBe('verified');
  const repo = cloned();
  const trust = (lines: number) => stringify({ authorities: [HOST], retired: [{ log, lines, until: NOW }] });
  const base = withTrust('trusting', trust(4));
  plainGit(repo, 'fetch', '--quiet', 'origin', base);
  expect(await refused({ repo, words: `${base}..${late}`, authority: [] })).toEqual([
    'denied',
    'retired_log_key',
    1,
  ]);
  const other = withTrust('trusting-more', trust(5));
  plainGit(repo, 'fetch', '--quiet', 'origin', other);
  expect(await refused({ repo, words: `${other}..${late}`, authority: [] })).toBe('verified');
});

test('what others wrote has no evidence; a range says of each what it comes to', async () => {
  expect(await refused({ words: 'origin/main' })).toEqual(['not_found', 'no_attestation', 1]);
  const next = branch('y', { 'b.txt': 'b\n' });
  plainGit(fixture.work, 'checkout', '--quiet', 'y');
  plainGit(fixture.work, 'merge', '--quiet', '--no-edit', 'x');
  plainGit(fixture.work, 'push', '--quiet', fixture.remote, 'HEAD:refs/heads/y');
  const found = await refused({ words: 'origin/main..origin/y' });
  expect(found).toEqual(['not_found', '2 of 3 commits are not verified', 3]);
  expect(next).not.toBe(commit);
});

test('T160 a byte of its message or its tree makes it another commit, whose evidence is that of the first', async () => {
  for (const [name, files] of [
    ['message', { 'a.txt': 'approved\n' }],
    ['tree', { 'a.txt': 'Approved\n' }],
  ] as const) {
    const other = branch(name, files);
    expect(await refused({ words: other })).toEqual(['not_found', 'no_attestation', 1]);
    await put(other, attested);
    expect(await refused({ words: other })).toEqual(['invalid', 'other_commit', 1]);
  }
});

test('T160 a byte of the object itself, under the id that people approved', async () => {
  plainGit(fixture.root, 'clone', '--quiet', '--no-hardlinks', fixture.work, 'altered');
  const repo = join(fixture.root, 'altered');
  plainGit(repo, 'fetch', '--quiet', fixture.repository.url, `+${REF}:${REF}`);
  plainGit(repo, 'checkout', '--quiet', commit);
  plainGit(repo, 'commit', '--quiet', '--allow-empty', '--message', 'after');
  const after = plainGit(repo, 'rev-parse', 'HEAD');
  const file = join(repo, '.git/objects', commit.slice(0, 2), commit.slice(2));
  const object = inflateSync(readFileSync(file)).toString().replace('Fixture', 'Fixturf');
  rmSync(file);
  writeFileSync(file, deflateSync(object));
  const found = ['invalid', expect.stringContaining('is damaged'), undefined];
  expect(await refused({ repo, words: commit })).toEqual(found);
  // In a row git itself would take it
  expect(await refused({ repo, words: `origin/main..${after}` })).toEqual(found);
});

test('T160 another repository, another branch, another Host, more people than there are', async () => {
  const repo = cloned();
  expect(await refused({ repo, branch: 'main' })).toEqual(['denied', 'other_branch', 1]);
  expect(await refused({ repo, require: 'quorum=2' })).toEqual(['denied', 'fewer_than_required', 1]);
  expect(await refused({ repo, authority: [npub(world.actors.peer.pubkey)] })).toEqual([
    ...['denied', 'untrusted_authority', 1],
  ]);
  plainGit(repo, 'config', 'remote.origin.url', 'https://example.org/other.git');
  expect(await refused({ repo })).toEqual(['denied', 'other_repository', 1]);
  expect(await refused({ repo, repository: fixture.repository.url })).toBe('verified');
  expect(await refused({ repository: 'https://example.org/other.git' })).toEqual([
    ...['denied', 'other_repository', 1],
  ]);
});

test('the repository at whose place an agent works is that one, whatever its remotes are', async () => {
  const own = branch('own-place', { 'a.txt': 'approved\n' });
  const facts = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(own);
  const place = join(fixture.root, `clone-${clones}`);
  await put(own, attest(world, { facts, remote: `file://${place}` }));
  const repo = cloned();
  expect(repo).toBe(place);
  expect(await refused({ repo, words: own })).toBe('verified');
  plainGit(repo, 'worktree', 'add', '--quiet', '../beside', own);
  expect(await refused({ repo: join(fixture.root, 'beside'), words: own })).toBe('verified');
  await expect(checked({ repo: cloned(), words: own })).rejects.toMatchObject({
    message: expect.stringContaining('other_repository'),
    hint: expect.stringContaining('repository: URL'),
  });
});

test('T160 grafts and a cut of a repository hide no commit of a range', async () => {
  const middle = branch('grafted', { 'hidden.txt': 'nobody approved\n' });
  const { work, remote, repository } = fixture;
  writeFiles(work, { 'shown.txt': 'approved\n' });
  const top = commitAll(work, 'shown');
  give(work, remote, top, 'grafted');
  const facts = await (await openEvidenceSource(work, suiteWasm.sha256)).facts(top);
  await put(top, attest(world, { facts, remote: repository.url }));
  const repo = cloned();
  const base = plainGit(repo, 'rev-parse', `${middle}^1`);
  mkdirSync(join(repo, '.git/info'), { recursive: true });
  writeFileSync(join(repo, '.git/info/grafts'), `${top} ${base}\n`);
  const found = await refused({ words: 'origin/main..origin/grafted', repo });
  expect(found).toEqual(['not_found', '1 of 2 commits is not verified', 2]);
  writeFileSync(join(repo, '.git/shallow'), `${top}\n`);
  expect(await refused({ words: 'origin/main..origin/grafted', repo })).toEqual([
    ...['invalid', expect.stringContaining('is cut'), undefined],
  ]);
});

test('a clone without the commit before cannot compute the change', async () => {
  const repo = cloned('--depth=1', '--branch=x');
  expect(await refused({ repo, words: 'HEAD' })).toEqual(['not_found', 'no_parent', 1]);
});

test('T195 a parent where git sees none: nothing is verified as a change of it', async () => {
  const { work, remote, repository } = fixture;
  const plain = branch('odd', { 'odd.txt': 'odd\n' });
  const facts = await (await openEvidenceSource(work, suiteWasm.sha256)).facts(plain);
  const by = 'a <a@example.com> 1 +0000';
  const head = `tree ${facts.tree}\nauthor ${by}\ncommitter ${by}\nparent ${plainGit(work, 'rev-parse', 'main')}\n`;
  const odd = feedGit(work, `${head}\nodd\n`, 'hash-object', '-t', 'commit', '-w', '--literally', '--stdin');
  expect(plainGit(work, 'rev-list', odd)).toBe(odd);
  give(work, remote, odd, 'odd');
  await put(odd, attest(world, { facts: { ...facts, commit: odd }, remote: repository.url }));
  for (const words of [odd, `origin/main..${odd}`])
    expect(await refused({ words })).toEqual(['not_found', 'no_parent', 1]);
});

test('T168 a tag or a branch that others push hides no base, and says of nobody whom to trust', async () => {
  const trust = { '.entangle/trust.yaml': stringify({ authorities: [HOST] }) };
  const first = branch('says-whom', trust);
  const { work, remote, repository } = fixture;
  writeFiles(work, { 'e.txt': 'e\n' });
  const then = commitAll(work, 'then');
  give(work, remote, then, 'says-whom');
  const facts = await (await openEvidenceSource(work, suiteWasm.sha256)).facts(then);
  await put(then, attest(world, { facts, remote: repository.url }));
  // Of a name that is here twice git takes the tag, and there would be nothing to verify
  const repo = cloned();
  plainGit(repo, 'tag', 'origin/main', then);
  plainGit(repo, 'config', 'core.warnAmbiguousRefs', 'false');
  expect(await refused({ repo, words: `origin/main..${then}` })).toEqual([
    ...['invalid', '"origin/main" is the name of more than one reference here', undefined],
  ]);
  expect(await refused({ repo, words: `${first}..${then}` })).toBe('verified');
  const whole = await refused({ repo, words: `refs/remotes/origin/main..${then}` });
  expect(whole).toEqual(['not_found', '1 of 2 commits is not verified', 2]);
  plainGit(repo, 'update-ref', 'refs/tags/refs/remotes/origin/main', first);
  expect(await refused({ repo, words: `refs/remotes/origin/main..${then}` })).toEqual(whole);
  // An id cannot be taken: a tag that is called so is another thing
  plainGit(repo, 'tag', then, first);
  expect(await refused({ repo, words: then })).toBe('verified');
  expect(await refused({ repo, words: then.slice(0, 12) })).toBe('verified');
  plainGit(repo, 'tag', then.slice(0, 12), first);
  expect((await refused({ repo, words: then.slice(0, 12) }))[0]).toBe('invalid');
  // Where nobody said which branch is the default one, a tag or a branch could
  const nobody = ['usage', 'nobody says which Host to trust', undefined];
  plainGit(repo, 'remote', 'set-head', 'origin', '--delete');
  plainGit(repo, 'update-ref', 'refs/tags/refs/remotes/origin/HEAD', first);
  expect(await refused({ repo, words: then, authority: [] })).toEqual(nobody);
  plainGit(repo, 'update-ref', 'refs/remotes/origin/HEAD', first);
  expect(await refused({ repo, words: then, authority: [] })).toEqual(nobody);
  plainGit(repo, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/tags/origin/main');
  expect(await refused({ repo, words: then, authority: [] })).toEqual(nobody);
});

test('T160 whom to trust is read of the base, never of the commit itself', async () => {
  const trust = { '.entangle/trust.yaml': stringify({ authorities: [HOST] }) };
  const own = branch('own', trust);
  const facts = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(own);
  await put(own, attest(world, { facts, remote: fixture.repository.url }));
  const nobody = ['usage', 'nobody says which Host to trust', undefined];
  expect(await refused({ words: own, authority: [] })).toEqual(nobody);
  expect(await refused({ words: `origin/main..${own}`, authority: [] })).toEqual(nobody);
  expect(await refused({ words: own, authority: [HOST] })).toBe('verified');
  // Merged, it counts for what comes after it, and not for itself
  plainGit(fixture.work, 'push', '--quiet', fixture.remote, `${own}:refs/heads/main`);
  expect(await refused({ words: own, authority: [] })).toEqual(nobody);
  plainGit(fixture.work, 'branch', '--quiet', '--force', 'main', own);
  const next = branch('next', { 'c.txt': 'c\n' });
  const after = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(next);
  await put(next, attest(world, { facts: after, remote: fixture.repository.url }));
  expect(await refused({ words: next, authority: [] })).toBe('verified');
  // A Host that main trusts no more states nothing, however old the main is from which its work began
  const { work, remote } = fixture;
  plainGit(work, 'checkout', '--quiet', 'main');
  writeFiles(work, { '.entangle/trust.yaml': stringify({ authorities: [npub(world.actors.peer.pubkey)] }) });
  plainGit(work, 'commit', '--quiet', '--all', '--message', 'another Host');
  plainGit(work, 'push', '--quiet', remote, 'HEAD:refs/heads/main');
  expect(await refused({ words: next, authority: [] })).toEqual(['denied', 'untrusted_authority', 1]);
  plainGit(work, 'push', '--quiet', '--force', remote, `${own}^1:refs/heads/main`);
});

test('T197 who takes part in its federation trusts its Host, where the base says nobody else', async () => {
  const home = join(fixture.root, 'home/user/alice');
  mkdirSync(home, { recursive: true });
  const key = world.actors.host.pubkey;
  const config = {
    ...{
      kind: 'user',
      graph: `${key}/acme`,
      keys: 'file',
      stream: 'ab'.repeat(16),
      relays: ['wss://r.example'],
    },
    ...{ name: 'alice', host: key, recovery: 'ab'.repeat(32), invite: null, ticket: null },
  };
  writeFiles(home, { 'config.yaml': stringify(config) });
  expect(await refused({ words: commit, authority: [] }, 'home')).toBe('verified');
  // Not where the base says whom, in a file that cannot be read
  const repo = cloned();
  const base = withTrust('bulky', `${stringify({ authorities: [HOST] })}${'#'.repeat(70_000)}`);
  plainGit(repo, 'fetch', '--quiet', 'origin', base);
  expect(await refused({ repo, words: `${base}..${commit}`, authority: [] }, 'home')).toEqual([
    ...['invalid', '.entangle/trust.yaml of the base cannot be read', undefined],
  ]);
});

test.each([
  ['quorum=0', 'usage'],
  ['exactly', 'usage'],
])('%s cannot be required', async (require, code) => {
  expect((await refused({ require }))[0]).toBe(code);
});

const logged = (given: Given, ledger: CommitLog | null = null) =>
  commitLog(
    given.words ?? commit,
    { repo: given.repo ?? cloned(), authority: given.authority },
    resolveHome(join(fixture.root, 'none'), {}, '/'),
    async () => ledger,
  );

test('log: who decided it in five lines, with what is proved of that', async () => {
  const lines = (log: CommitLog) => commitLogText(log).split('\n');
  const found = lines(await logged({ authority: [HOST] }));
  expect(found).toHaveLength(5);
  expect(found[0]).toMatch(new RegExp(`^commit +${commit} by builder on r1, session `));
  expect(found[1]).toMatch(/^asked by +alice$/);
  expect(found[2]).toMatch(/^approved by +bob at 20\d\d-.*Z$/);
  expect(found[3]).toContain(
    `refs/heads/x of ${fixture.repository.url}; policy: 1 of alice, bob; revision 1`,
  );
  expect(found[4]).toMatch(/^proof +verified$/);
  const doubted = /^NOT PROVED +/;
  const unchecked = lines(await logged({ authority: [] }));
  expect(unchecked[0]).toMatch(doubted);
  expect(unchecked[0]).toContain('not checked: no Host is trusted here');
  const peer = npub(world.actors.peer.pubkey);
  const untrusted = lines(await logged({ authority: [peer] }));
  expect(untrusted[0]).toMatch(doubted);
  expect(untrusted[0]).toContain('untrusted_authority');
  expect(untrusted.slice(1)).toEqual(unchecked.slice(1));
});

test('log: of a commit beside which nothing stands, what the own ledger has, or that nothing says it', async () => {
  const own = { ...(await logged({ authority: [HOST] })), from: 'ledger' as const };
  const words = branch('plain', { 'd.txt': 'd\n' });
  expect(await logged({ words }, own)).toBe(own);
  await expect(logged({ words })).rejects.toMatchObject({ code: 'not_found' });
  await expect(logged({ words: 'origin/x..origin/x' })).rejects.toMatchObject({ code: 'usage' });
});

test('log: a commit of which nothing is said leads to what may say it, and to no remote that is not there', async () => {
  const words = branch('unsaid', { 'e.txt': 'unsaid\n' });
  await expect(logged({ words, authority: [HOST] })).rejects.toMatchObject({
    hint: expect.stringMatching(/^fetch what stands beside commits: `git fetch origin /),
  });
  const repo = cloned();
  plainGit(repo, 'remote', 'remove', 'origin');
  await expect(logged({ words: 'HEAD', repo, authority: [HOST] })).rejects.toMatchObject({
    ...{ code: 'not_found', hint: 'see what nodes made: `entangle user artifact list`' },
  });
});

test('log: what is damaged beside a commit is told as that, also over what the own ledger has', async () => {
  const own = { ...(await logged({ authority: [HOST] })), from: 'ledger' as const };
  const words = branch('spoilt', { 'd.txt': 'spoilt\n' });
  await put(words, { ...attested, events: attested.events.replace('approved', 'rejected') });
  const said = 'what stands beside it is damaged: one of its signed events is damaged (bad_event)';
  await expect(logged({ words, authority: [HOST] })).rejects.toMatchObject({
    ...{ code: 'invalid', message: `nothing says who decided commit ${words}: ${said}` },
  });
  expect(await logged({ words, authority: [HOST] }, own)).toEqual({
    ...own,
    proof: `${said}; this is what your own ledger has`,
  });
});

test('where there is no repository, or no such commit, that is said', async () => {
  expect((await refused({ repo: '/' }))[0]).toBe('not_found');
  expect((await refused({ words: 'nope' }))[0]).toBe('not_found');
  expect((await refused({ words: '--all' }))[0]).toBe('not_found');
  expect((await refused({ words: 'HEAD...HEAD' }))[0]).toBe('usage');
});

test('T173 a commit whose tree is gone, and beside which too much stands, hides nothing of those before it', async () => {
  const repo = cloned();
  plainGit(repo, 'checkout', '--quiet', '-b', 'ahead', commit);
  writeFiles(repo, { 'c.txt': 'c\n' });
  plainGit(repo, 'add', '--all');
  plainGit(repo, 'commit', '--quiet', '--message', 'ahead');
  const next = plainGit(repo, 'rev-parse', 'HEAD');
  await put(next, { ...attested, statement: 'x'.repeat(5 * 1024 * 1024) });
  plainGit(repo, 'fetch', '--quiet', 'origin', `+${REF}:${REF}`);
  const tree = plainGit(repo, 'rev-parse', `${next}^{tree}`);
  rmSync(join(repo, '.git/objects', tree.slice(0, 2), tree.slice(2)));
  const source = await openEvidenceSource(repo, suiteWasm.sha256);
  expect(await source.commits(`origin/main..${next}`)).toEqual([commit, next]);
  expect(await source.attested(commit)).toEqual(attested);
  expect(await source.facts(commit)).toMatchObject({ commit, change: { changes: expect.any(String) } });
  expect(await source.attested(next)).toBe(null);
  await expect(source.facts(next)).rejects.toThrow('a directory of the commit is missing');
});
