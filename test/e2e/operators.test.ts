/** Operators of a real Host: what each token opens, when it ends, and where it can be found. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExportedAudit } from '../../src/cli/host/audit-export.ts';
import type { ProvedLines } from '../../src/cli/host/audit-prove.ts';
import type { PushedAudit } from '../../src/cli/host/audit-push.ts';
import type { LedgerCheck } from '../../src/cli/wiring/check-ledger.ts';
import type { ComplianceReport } from '../../src/core/audit/compliance.ts';
import { npub } from '../../src/core/encoding/id.ts';
import type { OperatorView } from '../../src/core/host-api/shapes.ts';
import {
  type Answer,
  BIN,
  environment,
  freePort,
  run,
  SELF,
  type Serving,
  tempHomes,
} from '../support/cli.ts';
import { graphText } from '../support/graph-texts.ts';
import { jsonHere, lineHere, runHere } from '../support/own-command.ts';
import { hasTerminal, inTerminal } from '../support/terminal.ts';
import { TEST_TLS } from '../support/tls-files.ts';

const here = tempHomes();
const operator = here.home('o');
const runner = here.home('m');
const said: string[] = [];
let host: Serving;
let words = '';
let address = '';
const authority = join(here.root, 'host.pem');

type Added = OperatorView & { tokenFile: string };
const fileOf = (name: string): string => join(operator, 'host', 'default', 'operators', `${name}.token`);
const tokenIn = (file: string): string => readFileSync(file, 'utf8').trim();
const add = (name: string, role: string, ...more: string[]): Promise<Added> =>
  jsonHere<Added>(operator, ['host', 'operator', 'add', name, '--role', role, ...more]);
const list = () => jsonHere<{ items: OperatorView[] }>(operator, ['host', 'operator', 'list']);

/** Runs a command with the token of that operator. */
const as = async (name: string, ...args: string[]): Promise<Answer> => {
  const answer = await runHere(operator, [...args, '--token-file', fileOf(name), '--json', '--no-input']);
  said.push(answer.stdout, answer.stderr);
  return answer;
};
const exitOf = async (name: string, ...args: string[]): Promise<[number | null, string | undefined]> => {
  const { code, stdout } = await as(name, ...args);
  return [code, code === 0 ? undefined : JSON.parse(stdout).error.code];
};
const OK = [0, undefined];
const REFUSED = [3, 'not_authorized'];
/** Asks over the socket itself, as whoever holds the token. */
const ask = (token: string): Promise<{ status: number; body: { error: Record<string, string> } }> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const options = {
      socketPath: join(operator, 'host', 'default', 'api.sock'),
      path: '/v1/status',
      headers,
    };
    const call = request(options, (response) => {
      let text = '';
      response.on('data', (bytes) => (text += bytes));
      response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
    });
    call.on('error', reject);
    call.end();
  });

/** The trail of the API as the ledger has it. */
const trail = (): Record<string, string>[] =>
  ledgerText()
    .split('\n')
    .filter((line) => line.includes('"host.operator_request.completed"'))
    .map((line) => JSON.parse(JSON.parse(line).event.content));
const ledgerText = (): string =>
  readdirSync(join(operator, 'host', 'default', 'ledger'))
    .filter((name) => !name.endsWith('.lock'))
    .map((name) => readFileSync(join(operator, 'host', 'default', 'ledger', name), 'utf8'))
    .join('\n');

beforeAll(async () => {
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const args = ['--graph', 'acme', '--relay', relay, '--members', '--keys', 'file'];
  const made = await jsonHere<{ host: string }>(operator, ['host', 'init', ...args]);
  await here.start(here.home('w'), ['relay', 'serve', '--port', new URL(relay).port, '--owner', made.host]);
  const key = join(here.root, 'host.key');
  writeFileSync(authority, TEST_TLS.cert);
  writeFileSync(key, TEST_TLS.key, { mode: 0o600 });
  const port = await freePort();
  address = `https://localhost:${port}`;
  const tls = ['--listen', `127.0.0.1:${port}`, '--tls-cert', authority, '--tls-key', key];
  host = await here.start(operator, ['host', 'serve', ...tls]);
  await jsonHere(runner, ['runner', 'init', '--keys', 'file', '--sandbox', 'none', '--git-protocol', 'file']);
  const { invite } = await jsonHere<{ invite: string }>(operator, [
    'host',
    'invite',
    'runner',
    '--name',
    'r1',
  ]);
  const from = here.file('invite.txt', invite);
  ({ words } = await jsonHere<{ words: string }>(runner, ['runner', 'join', from, '--wait', '20s']));
});
afterAll(() => here.clean());

test('T157 from a machine without a home of this Host, over TLS, with nothing but three variables', async () => {
  const elsewhere = here.home('e');
  const variables = {
    ...environment(elsewhere),
    ENTANGLE_HOST_URL: address,
    ENTANGLE_HOST_CA: authority,
    ENTANGLE_HOST_OPERATOR_TOKEN: tokenIn(join(operator, 'host', 'default', 'operator.token')),
  };
  const ask = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const { code, stdout } = await lineHere(env, [...args, '--home', elsewhere, '--json']);
    return { code, value: JSON.parse(stdout) };
  };
  expect(await ask(variables, 'host', 'operator', 'list')).toMatchObject({
    code: 0,
    value: { items: [{ name: 'bootstrap', state: 'active' }] },
  });
  expect(await ask({ ...variables, ENTANGLE_HOST_CA: undefined }, 'host', 'status')).toMatchObject({
    code: 3,
    value: { error: { message: expect.stringContaining('not trusted') } },
  });
  expect(await ask({ ...variables, ENTANGLE_HOST_OPERATOR_TOKEN: '' }, 'host', 'status')).toMatchObject({
    code: 8,
    value: { error: { message: 'ENTANGLE_HOST_OPERATOR_TOKEN is empty' } },
  });
  expect(existsSync(join(elsewhere, 'host', 'default'))).toBe(false);
});

test('a context is the Host of its name, until another home is named', async () => {
  const elsewhere = here.home('c');
  const variables = { ...environment(elsewhere), XDG_CONFIG_HOME: join(here.root, 'settings') };
  const { ENTANGLE_HOME: _, ...env } = variables as Record<string, string>;
  const ask = async (...args: string[]) => {
    const { code, stdout } = await lineHere(env, [...args, '--json']);
    return { code, value: JSON.parse(stdout) };
  };
  const token = join(operator, 'host', 'default', 'operator.token');
  const place = ['--host-url', address, '--host-ca', authority, '--token-file', token];
  expect(await ask('context', 'add', 'prod', ...place)).toMatchObject({ code: 0, value: { current: true } });
  expect(await ask('host', 'operator', 'list')).toMatchObject({ code: 0 });
  expect(await ask('host', 'status', '--home', elsewhere)).toMatchObject({ code: 6 });
  expect(await ask('context', 'use')).toMatchObject({ code: 0, value: { current: null } });
  expect(await ask('host', 'status', '--context', 'prod')).toMatchObject({ code: 0 });
  expect(await ask('context', 'rm', 'prod')).toMatchObject({ code: 0 });
});

test('add writes the token to a new file that only its owner can read, and shows it nowhere', async () => {
  const child = spawn(
    process.execPath,
    [BIN, 'host', 'operator', 'add', 'viewer', '--role', 'viewer', '--expires', '90d', '--home', operator],
    { env: environment(operator), stdio: 'pipe' },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
  // The process is still there when it says that it is done: its arguments are what `ps` shows.
  const shown = `/proc/${child.pid}/cmdline`;
  child.stdout.once('data', () => existsSync(shown) && said.push(readFileSync(shown, 'utf8')));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  said.push(output);
  expect(tokenIn(fileOf('viewer'))).toMatch(/^ent_[0-9a-f]{64}$/);
  expect(statSync(fileOf('viewer')).mode & 0o777).toBe(0o600);
  expect(statSync(join(operator, 'host', 'default', 'operators')).mode & 0o777).toBe(0o700);
  expect(output).toContain(fileOf('viewer'));

  const out = join(here.root, 'editor.token');
  const editor = await add('editor', 'editor', '--token-out', out);
  expect(editor).toEqual({
    name: 'editor',
    role: 'editor',
    state: 'active',
    expires: null,
    revoked: null,
    ...{ method: 'bearer', identity: null, key: null },
    tokenFile: out,
  });
  expect(statSync(out).mode & 0o777).toBe(0o600);
  writeFileSync(fileOf('editor'), readFileSync(out), { mode: 0o600 });
  const days = (Date.parse((await list()).items[1]!.expires!) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(89.9);
  expect(days).toBeLessThan(90.1);
});

test('a file that exists is not touched and makes no operator; a refused name leaves no file', async () => {
  const taken = here.file('taken', 'precious\n');
  const args = ['host', 'operator', 'add', 'third', '--role', 'admin', '--json'];
  const answer = await runHere(operator, [...args, '--token-out', taken]);
  expect([answer.code, JSON.parse(answer.stdout).error.code]).toEqual([4, 'conflict']);
  expect(readFileSync(taken, 'utf8')).toBe('precious\n');
  expect((await list()).items.map(({ name }) => name)).toEqual(['bootstrap', 'viewer', 'editor']);

  const other = join(here.root, 'other');
  for (const [name, file, code] of [
    ['viewer', other, 4],
    ['../../up', other, 64],
    ['fine', join(here.root, 'absent', 'file'), 8],
  ] as const) {
    const refused = ['host', 'operator', 'add', name, '--role', 'viewer', '--token-out', file];
    expect((await runHere(operator, refused)).code, name).toBe(code);
    expect(() => statSync(file)).toThrow('ENOENT');
  }
});

test('a viewer looks and changes nothing: exit 3; an editor applies a graph but trusts no runner', async () => {
  const graph = here.file('graph.yaml', graphText());
  const trust = ['host', 'runner', 'trust', 'r1', '--words', words];
  expect(await exitOf('viewer', 'graph', 'plan', graph)).toEqual(OK);
  for (const args of [
    ['graph', 'apply', graph, '--yes'],
    trust,
    ['host', 'operator', 'list'],
    ['host', 'operator', 'add', 'mine', '--role', 'admin'],
    ['host', 'operator', 'revoke', 'editor'],
    ['host', 'invite', 'user', '--name', 'me'],
  ])
    expect(await exitOf('viewer', ...args), args.join(' ')).toEqual(REFUSED);
  expect(trail().at(-1)).toMatchObject({ who: 'viewer', role: 'viewer', outcome: 'forbidden' });

  expect(await exitOf('editor', 'graph', 'apply', graph, '--yes')).toEqual(OK);
  expect(await jsonHere(operator, ['graph', 'show'])).toMatchObject({ revision: 1, by: 'editor' });
  expect(await exitOf('editor', ...trust)).toEqual(REFUSED);
  expect(await exitOf('editor', 'host', 'operator', 'add', 'mine', '--role', 'admin')).toEqual(REFUSED);
  expect(await jsonHere(operator, ['host', 'runner', 'show', 'r1'])).toMatchObject({ trust: 'pending' });
});

const cutWhereItEnds = test.runIf(hasTerminal());
cutWhereItEnds(
  'a list has one line a row in a terminal, and is whole in a pipe; times are ages',
  async () => {
    const env = { ...environment(operator), TERM: 'xterm', COLUMNS: '100' };
    const shown = async (...args: string[]): Promise<string[]> => {
      const command = [...SELF, ...args, '--home', operator];
      const { code, screen } = await inTerminal(command, env, []);
      expect(code).toBe(0);
      return screen.trimEnd().split('\r\n');
    };
    const { npub } = await jsonHere<{ npub: string }>(operator, ['host', 'runner', 'show', 'r1']);
    const [heading, row, ...more] = await shown('host', 'runner', 'list');
    expect([heading, row, more]).toEqual([
      expect.stringMatching(/^NAME .* NPUB$/),
      expect.stringMatching(/^r1 .* npub1[a-z0-9]+…$/),
      [],
    ]);
    expect(row).toHaveLength(100);
    expect((await runHere(operator, ['host', 'runner', 'list'])).stdout).toContain(`${npub}\n`);
    await add('brief-list', 'viewer', '--expires', '3d');
    const rows = await shown('host', 'operator', 'list');
    expect(rows.find((line) => line.startsWith('brief-list'))).toMatch(
      /viewer +active +bearer +in (2 d|3 d) +–$/,
    );
  },
);

test('a viewer reads the metrics, as Prometheus does', async () => {
  const headers = { authorization: `Bearer ${tokenIn(fileOf('viewer'))}` };
  const collected = await new Promise<{ type: string | undefined; text: string }>((resolve, reject) => {
    get(`${address}/v1/metrics`, { ca: TEST_TLS.cert, headers }, (response) => {
      let text = '';
      response.on('data', (bytes) => (text += bytes));
      response.on('end', () => resolve({ type: response.headers['content-type'], text }));
    }).on('error', reject);
  });
  expect(collected.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(collected.text).toMatch(
    /^entangle_api_requests_total\{operation="status.show",status="200"\} \d+$/m,
  );
  expect(collected.text).toMatch(
    /^entangle_runners\{trust="trusted",liveness="\w+"\} 1$|^entangle_runners\{trust="pending",liveness="\w+"\} 1$/m,
  );
  expect(collected.text).toMatch(/^entangle_ledger_bytes [1-9]\d{3,}$/m);
  expect(collected.text).toMatch(/^process_resident_memory_bytes [1-9]\d{7,}$/m);
  const shown = await runHere(operator, ['host', 'metrics', '--token-file', fileOf('viewer')]);
  const names = (text: string) => text.match(/^# TYPE .*$/gm);
  expect(names(shown.stdout)).toEqual(names(collected.text));
});

test('T181 who signs with a key of their own operates, here and elsewhere, and no request is good twice', async () => {
  const elsewhere = here.home('k');
  const file = join(here.root, 'signer.ncryptsec');
  const words = join(here.root, 'signer.words');
  writeFileSync(words, 'a passphrase of several words', { mode: 0o600 });
  const under = ['--operator-passphrase-file', words];
  const keygen = ['host', 'operator', 'keygen', file, '--keys', 'encrypted', ...under];
  const made = await jsonHere<{ npub: string }>(elsewhere, keygen);
  const signing = ['--operator-key-file', file, ...under];
  expect(await add('signer', 'admin', '--npub', made.npub)).toMatchObject({
    method: 'nip98',
    key: made.npub,
  });
  const status = await jsonHere<{ host: string }>(operator, ['host', 'status', ...signing]);
  // Of a key without a passphrase, whose derivation each time would show nothing more
  const plain = join(here.root, 'plain.key');
  const other = await jsonHere<{ npub: string }>(elsewhere, [...keygen.slice(0, 3), plain, '--keys', 'file']);
  const plainly = ['--operator-key-file', plain];
  const refused = await runHere(operator, ['host', 'status', ...plainly, '--json']);
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { details: [{ reason: 'request_key' }] } });
  await add('plain-signer', 'admin', '--npub', other.npub);
  const at = ['--host-url', address, '--host-ca', authority, ...plainly];
  const invite = ['host', 'invite', 'user', '--name', 'by-signature', ...at, '--host-npub', status.host];
  expect(await jsonHere(elsewhere, invite)).toMatchObject({ name: 'by-signature' });
  expect(trail().at(-1)).toMatchObject({ who: 'plain-signer', auth: 'nip98', outcome: 'done' });
  expect(npub(trail().at(-1)!.subject!)).toBe(other.npub);
  expect(readFileSync(join(operator, 'host', 'default', 'signed-requests'), 'utf8')).toMatch(
    /^([0-9a-f]{64} \d+\n){2,}$/,
  );
  // Another Host's key: what is signed is for that one
  const wrong = await runHere(elsewhere, ['host', 'status', ...at, '--host-npub', other.npub, '--json']);
  expect(wrong.code).toBe(3);
  for (const name of ['signer', 'plain-signer'])
    await jsonHere(operator, ['host', 'operator', 'revoke', name, '--yes']);
  expect((await runHere(operator, ['host', 'status', ...plainly])).code).toBe(3);
});

test('an expired token is refused at once', async () => {
  const token = tokenIn((await add('brief', 'admin', '--expires', '4s')).tokenFile);
  expect((await ask(token)).status).toBe(200);
  const ended = async () => (await ask(token)).status;
  await expect.poll(ended, { interval: 100, timeout: 60_000 }).toBe(401);
  expect(await exitOf('brief', 'host', 'status')).toEqual(REFUSED);
  const { items } = await list();
  expect(items.at(-1)).toMatchObject({ name: 'brief', state: 'expired' });
  expect(Date.parse(items.at(-1)!.expires!)).toBeLessThanOrEqual(Date.now());
});

test('a revoked token is refused at once; its name does not come back', async () => {
  await add('late', 'admin');
  expect(await exitOf('late', 'host', 'operator', 'list')).toEqual(OK);
  const revoked = await jsonHere<OperatorView>(operator, ['host', 'operator', 'revoke', 'late', '--yes']);
  expect(revoked).toMatchObject({ name: 'late', state: 'revoked', revoked: expect.stringMatching(/Z$/) });
  expect(await exitOf('late', 'host', 'invite', 'user', '--name', 'me')).toEqual(REFUSED);
  expect(trail().at(-1)).toMatchObject({ who: 'unknown', role: 'none', outcome: 'unauthenticated' });
  const again = ['host', 'operator', 'add', 'late', '--role', 'viewer', '--token-out', join(here.root, 'z')];
  expect((await runHere(operator, again)).code).toBe(4);
});

test('revoking an operator asks first, and without a terminal changes nothing', async () => {
  const { code, stdout } = await runHere(operator, ['host', 'operator', 'revoke', 'viewer', '--json']);
  expect([code, JSON.parse(stdout).error.hint]).toEqual([64, 'confirm with --yes']);
  expect(await exitOf('viewer', 'host', 'status')).toEqual(OK);
  expect((await runHere(operator, ['host', 'operator', 'revoke', 'nobody', '--json'])).code).toBe(6);
});

test('the last admin cannot be revoked: exit 4', async () => {
  const revoke = ['host', 'operator', 'revoke', 'bootstrap', '--yes', '--json'];
  const answer = await runHere(operator, revoke);
  expect([answer.code, JSON.parse(answer.stdout).error.code]).toEqual([4, 'conflict']);
  expect((await list()).items[0]).toMatchObject({ name: 'bootstrap', state: 'active' });
});

test('the first admin’s token in the config is read at the first start only; what was revoked stays so after a restart', async () => {
  const config = join(operator, 'host', 'default', 'config.yaml');
  const before = readFileSync(config, 'utf8');
  await add('second', 'admin');
  expect(await exitOf('second', 'host', 'operator', 'revoke', 'bootstrap', '--yes')).toEqual(OK);
  said.push(...host.log);
  await host.kill();
  const digest = createHash('sha256').update('somebody else').digest('hex');
  writeFileSync(config, before.replace(/^bootstrap: .*$/m, `bootstrap: ${digest}`));
  const refused = await run(operator, ['host', 'serve', '--json']);
  expect([refused.code, JSON.parse(refused.stdout).error.message]).toEqual([
    4,
    'the bootstrap token in config.yaml is not the one in the ledger',
  ]);
  for (const text of [before, before.replace(/^bootstrap: .*$/m, 'bootstrap: null')]) {
    await host.kill();
    writeFileSync(config, text);
    host = await here.start(operator, ['host', 'serve']);
    expect((await runHere(operator, ['host', 'status'])).code).toBe(3);
    expect(await exitOf('second', 'host', 'status')).toEqual(OK);
    expect(await exitOf('late', 'host', 'status')).toEqual(REFUSED);
    expect(await exitOf('viewer', 'host', 'status')).toEqual(OK);
    said.push(...host.log);
  }
});

test('the record is exported while the Host serves, goes on at a cursor, and is written over no file', async () => {
  const file = join(here.root, 'record.ndjson');
  const all = ['host', 'audit', 'export', '--whole'];
  const { records, cursor } = await jsonHere<ExportedAudit>(operator, [...all, '--output', file]);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).cursor)).toEqual(lines.map((_, i) => `${i + 1}`));
  expect([`${records}`, lines.length]).toEqual([cursor, records]);
  const rest = await runHere(operator, [...all, '--since', '3']);
  expect(rest.stdout.split('\n').slice(0, records - 3)).toEqual(lines.slice(3));
  expect((await runHere(operator, [...all, '--output', file])).code).toBe(4);
  expect((await runHere(operator, [...all, '--since', '999999'])).code).toBe(6);
  expect((await runHere(operator, [...all, '--format', 'cef'])).stderr).toContain(
    'no place for a signed event',
  );
  const checkpoint = ['host', 'audit', 'checkpoint', '--token-file', fileOf('viewer')];
  const note = (await runHere(operator, checkpoint)).stdout;
  const kept = join(here.root, 'kept.note');
  writeFileSync(kept, note);
  await as('second', 'host', 'invite', 'runner', '--name', 'one-more');
  const witnessed = ['host', 'audit', 'verify', '--witness', kept];
  expect((await jsonHere<LedgerCheck>(operator, witnessed)).checkpoints).toBe(1);
  // Cosigned by a stock witness it is the same one; what is none accuses nobody
  appendFileSync(kept, `\u2014 witness.example/w1 ${'A'.repeat(100)}\n`);
  expect((await jsonHere<LedgerCheck>(operator, witnessed)).checkpoints).toBe(1);
  const nothing = await runHere(operator, [...witnessed.slice(0, -1), here.file('no.note', 'x\n')]);
  expect(nothing).toMatchObject({ code: 8, stderr: expect.stringContaining('is no checkpoint') });
  writeFileSync(kept, note.replace(/\n\d+\n/, '\n1\n'));
  expect((await runHere(operator, witnessed)).code).toBe(8);
  const proof = join(here.root, 'proof.json');
  const token = ['--token-file', fileOf('viewer')];
  const wanted = [cursor, JSON.parse(lines[0]!).event];
  const proved = await jsonHere<ProvedLines>(operator, [
    'host',
    'audit',
    'prove',
    ...wanted,
    '-o',
    proof,
    ...token,
  ]);
  expect(proved.lines).toEqual([1, records]);
  const checked = await runHere(operator, ['verify', '--bundle', proof]);
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining(`proved line ${records}`)]);
  const report = await jsonHere<ComplianceReport>(operator, ['compliance', 'report', '--framework', 'soc2']);
  expect(report.controls.find(({ id }) => id === 'privileged-operations')!.events).toBeGreaterThan(3);
  const cited = report.controls.flatMap((control) => control.cited.map(({ event }) => event));
  expect(cited.length).toBeGreaterThan(5);
  await jsonHere(operator, ['host', 'audit', 'prove', ...cited, '-o', join(here.root, 'cited.json')]);
  const shownReport = (await runHere(operator, ['compliance', 'report', '--since', '2999-01-01'])).stdout;
  expect(shownReport).toMatch(/^secrets +no evidence +–/m);
  expect((await runHere(operator, ['compliance', 'report', '--since', '2026-02-30'])).code).toBe(64);
  const prune = ['host', 'audit', 'prune', '--before', '2026-01-01', '--yes'];
  await jsonHere(operator, ['host', 'audit', 'hold', 'add', 'case-17', '--reason', 'counsel']);
  expect(await runHere(operator, prune)).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('case-17'),
  });
  expect((await runHere(operator, ['host', 'audit', 'hold', 'list'])).stdout).toContain('counsel');
  await jsonHere(operator, ['host', 'audit', 'hold', 'rm', 'case-17']);
  // Whoever serves has the record
  expect((await runHere(operator, prune)).code).toBe(4);
  expect((await runHere(operator, ['host', 'audit', 'rotate-key', '--yes'])).code).toBe(4);
  const another = npub('ab'.repeat(32));
  expect((await runHere(operator, ['verify', '--bundle', proof, '--authority', another])).code).toBe(5);
  said.push(readFileSync(proof, 'utf8'));
  const got: string[] = [];
  let requests = 0;
  const collector = createServer((asked, answer) => {
    let body = '';
    asked.on('data', (chunk) => (body += chunk));
    asked.on('end', () => {
      const isRefused = ++requests % 2 === 1 || asked.headers.authorization !== 'Bearer of-the-siem';
      if (!isRefused)
        got.push(
          ...body
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line).cursor),
        );
      answer.writeHead(isRefused ? 503 : 204).end();
    });
  });
  await new Promise<void>((ready) => collector.listen(0, '127.0.0.1', ready));
  const siem = join(here.root, 'siem.token');
  writeFileSync(siem, 'of-the-siem\n');
  const to = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/collect`;
  const sent = ['host', 'audit', 'push', to, '--collector-token-file', siem];
  const pushed = await jsonHere<PushedAudit>(operator, sent);
  expect(got).toEqual(Array.from({ length: pushed.records }, (_, i) => `${i + 1}`));
  expect(await jsonHere<PushedAudit>(operator, sent)).toEqual({ ...pushed, records: 0 });
  collector.close();
  expect((await runHere(operator, ['host', 'audit', 'push', 'http://siem.example.org/'])).code).toBe(64);
  // Looked through for tokens and their digests below
  said.push(readFileSync(file, 'utf8'));
});

test('after twenty wrong tokens the socket says 429 to the next, and right ones still work', async () => {
  let answer = await ask('x'.repeat(68));
  const first = answer;
  for (let n = 0; answer.status === 401 && n < 21; n++) answer = await ask('x'.repeat(68));
  expect([first.status, answer.status]).toEqual([401, 429]);
  expect(Object.keys(answer.body.error)).toEqual(Object.keys(first.body.error));
  expect((await ask(tokenIn(fileOf('viewer')))).status).toBe(200);
  expect(await exitOf('late', 'host', 'status')).toEqual(REFUSED);
  expect(await exitOf('viewer', 'host', 'status')).toEqual(OK);
});

test('no token is in the ledger, the config, a log, an answer or an argument; no digest is in an answer', async () => {
  said.push(...host.log, (await as('second', 'host', 'operator', 'list')).stdout);
  const tokens = ['viewer', 'editor', 'brief', 'late'].map((name) => tokenIn(fileOf(name)));
  tokens.push(tokenIn(join(operator, 'host', 'default', 'operator.token')));
  const config = readFileSync(join(operator, 'host', 'default', 'config.yaml'), 'utf8');
  const kept = [config, ledgerText(), ...said].join('\n');
  expect(trail().map(({ target, outcome }) => `${target} ${outcome}`)).toEqual(
    expect.arrayContaining(['viewer asked', 'viewer done', 'late/revoke asked', 'late/revoke done']),
  );
  for (const token of tokens) {
    expect(kept).not.toContain(token.slice('ent_'.length));
    const digest = createHash('sha256').update(token).digest('hex');
    expect(ledgerText()).toContain(digest);
    expect([config, ...said].join('\n')).not.toContain(digest);
  }
});
