/** The commands of docs/verify.md, run as they stand there: git, openssl, and nostr-tools. */
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { openEvidenceSource } from '../../src/adapters/git/evidence-source.ts';
import { createGit } from '../../src/adapters/git/git.ts';
import type { Attested } from '../../src/core/evidence/read.ts';
import { type Attesting, attest } from '../support/attested.ts';
import { type Fixture, gitFixture, plainGit } from '../support/git-fixtures.ts';
import { sshsigBy, testSshKey } from '../support/ssh-token.ts';
import { createWorld, NOW } from '../support/world.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/verify.md'), 'utf8');
const commands = /```bash\n(.*?)\n```/s.exec(page)?.[1] ?? '';
const logCheck = /```js\n(.*?)\n```/s.exec(page)?.[1] ?? '';
const world = createWorld(suiteWasm);
let fixture: Fixture;
let commit: string;
let serial = 0;
beforeAll(() => {
  fixture = gitFixture();
  commit = fixture.publish({ 'a.txt': 'approved\n' });
});
afterAll(() => fixture.remove());

/** In a fresh clone; what the commands say in the end. */
const said = async (attested: Attested, host = world.actors.host.pubkey): Promise<string> => {
  await createGit().attest(fixture.repository, { commit, files: attested, at: NOW + serial });
  const clone = join(fixture.root, `stock-${serial++}`);
  plainGit(fixture.root, 'clone', '--quiet', fixture.repository.url, clone);
  plainGit(clone, 'fetch', '--quiet', 'origin', '+refs/entangle/attestations:refs/entangle/attestations');
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    HOME: clone,
    COMMIT: commit,
    HOST: host,
  };
  return promisify(execFile)('bash', ['-c', commands], { cwd: clone, env }).then(
    ({ stdout }) => stdout.slice(stdout.indexOf('approved by')).trim(),
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  );
};
const made = async (given: Attesting = {}): Promise<Attested> => {
  const facts = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(commit);
  return attest(world, { facts, ...given });
};

test('they say who approved the commit', async () => {
  expect(await said(await made())).toBe('approved by bob');
});

test('and who touched a key for it', async () => {
  const by = { touch: true, ssh: { bob: (line: string) => sshsigBy(testSshKey({ seed: 3 }), line) } };
  expect(await said(await made(by))).toMatch(
    /^approved by bob\nGood "entangle-approval" signature for bob with ED25519-SK key SHA256:/,
  );
  const other = await made({ ssh: { bob: (line) => sshsigBy(testSshKey({ seed: 1 }), line) } });
  expect(await said(other)).toMatch(/Could not verify signature/);
});

test('the lines for its place in the log', async () => {
  const check = async (given: Attesting): Promise<string> => {
    expect(await said(await made(given))).toBe('approved by bob');
    const cwd = join(fixture.root, `stock-${serial - 1}`);
    writeFileSync(
      join(cwd, 'proof.tlog-proof'),
      `${plainGit(cwd, 'show', `refs/entangle/attestations:${commit}/proof.tlog-proof`)}\n`,
    );
    writeFileSync(join(cwd, 'log.mjs'), logCheck);
    return promisify(execFile)(process.execPath, ['log.mjs'], { cwd }).then(
      ({ stdout }) => stdout.trim(),
      ({ stderr }) => stderr,
    );
  };
  expect(await check({ logged: true })).toBe('line 3 of the log');
  expect(await check({ logged: { key: new Uint8Array(32).fill(9) } })).toContain('another log');
  expect(await check({ logged: { graph: `${'ab'.repeat(32)}/acme` } })).toContain('of another graph');
  const cut = { changed: (text: string) => text.split('\n').toSpliced(3, 1).join('\n') };
  expect(await check({ logged: cut })).toContain('not in the log');
});

test('T160 they refuse what is not of it', async () => {
  const good = await made();
  const cases: [string | RegExp, Attested, string?][] = [
    [/verif/i, { ...good, statement: good.statement.replace(/"sig":"..../, '"sig":"AAAA') }],
    ['an event is damaged', { ...good, events: good.events.replace('source.publish', 'source.publisH') }],
    ['another statement', { ...good, statement: (await made()).statement }],
    ['another Host', good, world.actors.peer.pubkey],
    [
      'another policy',
      await made({ quorum: 2, predicate: (one) => ({ ...one, terms: { ...one.terms, quorum: 1 } }) }),
    ],
    ['too few', await made({ quorum: 2 })],
    ['not an approver', await made({ votes: [['stranger', 'approved']] })],
    ['who asked for it', await made({ eyes: true, votes: [['user', 'approved']] })],
  ];
  for (const [words, attested, host] of cases) {
    const found = await said(attested, host);
    expect(found).toMatch(words);
    expect(found).not.toContain('approved by');
  }
});
