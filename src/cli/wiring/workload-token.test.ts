/** T158: a job has one identity token and several commands. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostKit } from '../../../test/support/host-kit.ts';
import { type TestIssuer, testIssuer, verifierOf } from '../../../test/support/issuer.ts';
import { serveApiOverTcp } from '../../adapters/host-api/tcp.ts';
import { pathOf } from '../../core/host-api/route.ts';
import type { ApiPlace, ApiServer } from '../../ports/index.ts';
import { hostApi } from '../../services/host/api.ts';
import { workloadToken } from './workload-token.ts';

let root: string;
let server: ApiServer;
let issuer: TestIssuer;
let place: ApiPlace;
let kit: ReturnType<typeof hostKit>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'workload-token-'));
  issuer = await testIssuer('https://issuer.example', () => Math.floor(kit.time.now / 1000));
  kit = hostKit({ verifyIdentity: verifierOf(issuer, { monotonic: () => 1_000_000 }) });
  // The token is looked at by the clock of this machine
  kit.time.now = Date.now();
  server = await serveApiOverTcp({ hostname: '127.0.0.1', port: 0, tls: null }, hostApi(kit.host));
  place = { secure: false, hostname: '127.0.0.1', port: Number(new URL(server.address).port), ca: null };
  const body = { name: 'ci', role: 'viewer', issuer: issuer.url, audience: 'entangle', keys: null };
  const bound = { ...body, claims: { repository: 'acme/app' } };
  expect(await kit.ask('POST', pathOf('operators.bind', {}, {}), bound)).toMatchObject({ status: 200 });
});
afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const cache = (): string => join(root, 'cache');
const identityFile = async (): Promise<string> => {
  const file = join(root, 'identity');
  writeFileSync(file, `${await issuer.sign()}\n`);
  return file;
};
const given = () => kit.records().filter(({ auth }) => auth === 'oidc').length;

test('several commands of a job share what was given once, in a file that only its owner reads', async () => {
  const file = await identityFile();
  const first = await workloadToken(place, file, cache());
  expect(await workloadToken(place, file, cache())).toBe(first);
  expect(given()).toBe(1);
  expect(await kit.ask('GET', pathOf('status.show', {}, {}), undefined, first)).toMatchObject({
    status: 200,
  });
  const [name, ...more] = readdirSync(cache());
  expect(more).toEqual([]);
  expect(statSync(join(cache(), name!)).mode & 0o777).toBe(0o600);
  expect(statSync(cache()).mode & 0o777).toBe(0o700);
  const kept = readFileSync(join(cache(), name!), 'utf8');
  expect(kept).not.toContain(readFileSync(file, 'utf8').trim().split('.')[2]);
});

test('a new identity token is exchanged anew, and what is over is removed', async () => {
  const first = await workloadToken(place, await identityFile(), cache());
  const [name] = readdirSync(cache());
  const over = { token: first, expires: new Date(Date.now() + 20_000).toISOString() };
  writeFileSync(join(cache(), name!), JSON.stringify(over));
  expect(await workloadToken(place, await identityFile(), cache())).not.toBe(first);
  expect(readdirSync(cache())).toHaveLength(1);
  expect(readdirSync(cache())).not.toContain(name);
  expect(given()).toBe(2);
});

test.each(['{"token":', '[]', '{"token":"ent_x","expires":"soon"}'])(
  'what was kept and is damaged is none, of this job and of others: %s',
  async (text) => {
    await workloadToken(place, await identityFile(), cache());
    writeFileSync(join(cache(), readdirSync(cache())[0]!), text);
    writeFileSync(join(cache(), 'workload-other.json'), text);
    const [name] = readdirSync(cache());
    await workloadToken(place, await identityFile(), cache());
    expect(readdirSync(cache())).toHaveLength(1);
    expect(readdirSync(cache())).not.toContain(name);
  },
);

test('one that was used elsewhere is refused, and what to do is said; one that is not there too', async () => {
  const file = await identityFile();
  await workloadToken(place, file, cache());
  await expect(workloadToken(place, file, join(root, 'other'))).rejects.toMatchObject({
    code: 'not_authorized',
    message: 'the identity token is not taken: it was used before',
    hint: expect.stringContaining('request a new identity token'),
  });
  await expect(workloadToken(place, join(root, 'absent'), cache())).rejects.toMatchObject({
    code: 'not_authorized',
    hint: expect.stringContaining('--oidc-token-file'),
  });
});
