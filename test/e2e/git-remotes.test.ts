/** Credentials over real transports: https with a token (git http-backend behind TLS), ssh with a key (T86, T87). */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askpassCommand } from '../../src/adapters/git/askpass.ts';
import { createGit } from '../../src/adapters/git/git.ts';
import type { Repository } from '../../src/ports/index.ts';
import { type Fixture, gitFixture, PRINCIPAL, plainGit } from '../support/git-fixtures.ts';
import { passOn, servesHttps } from '../support/git-servers.ts';

const TOKEN = 'tok-5f2c9e0b71';
if (!servesHttps) console.log('https tests passed over: git http-backend or openssl is not installed');

const saved = { ...process.env };
let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
  Object.assign(process.env, saved);
  fixture.remove();
});

/** Processes of this machine whose arguments or environment hold the token. */
const leaks = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) =>
      ['cmdline', 'environ'].some((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(TOKEN);
        } catch {
          return false;
        }
      }),
    );

type Seen = { url: string; authorization: string | undefined };
type Remote = { server: Server; port: number; seen: Seen[]; leaked: string[] };

const serve = async (
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Remote> => {
  const tls = {
    key: readFileSync(join(fixture.root, 'tls.key')),
    cert: readFileSync(join(fixture.root, 'tls.pem')),
  };
  const remote: Remote = { server: createServer(tls), port: 0, seen: [], leaked: [] };
  remote.server.on('request', (request, response) => {
    remote.seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    remote.leaked.push(...leaks());
    handle(request, response);
  });
  await new Promise<void>((resolve) => remote.server.listen(0, '127.0.0.1', resolve));
  remote.port = (remote.server.address() as AddressInfo).port;
  return remote;
};

const backend = (request: IncomingMessage, response: ServerResponse): void => {
  const given = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  if (given !== `x-access-token:${TOKEN}`) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end(`no: ${given}\n`);
    return;
  }
  passOn(fixture.root, request, response);
};

describe.runIf(servesHttps)('https with a token', () => {
  let repository: Repository;
  const at = (port: number): Repository => ({ ...repository, url: `https://127.0.0.1:${port}/remote.git` });
  const remotes: Remote[] = [];
  const remote = async (handle: typeof backend) => {
    const made = await serve(handle);
    remotes.push(made);
    return made;
  };

  beforeEach(() => {
    const [key, cert] = [join(fixture.root, 'tls.key'), join(fixture.root, 'tls.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const args = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    execFileSync('openssl', [...args, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    process.env.GIT_SSL_CAINFO = cert;
    process.env.no_proxy = '127.0.0.1';
    const tokenFile = join(fixture.root, 'token');
    writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o400 });
    repository = { ...fixture.repository, principal: { ...PRINCIPAL, tokenFile }, protocols: ['https'] };
    plainGit(fixture.remote, 'config', 'http.receivepack', 'true');
  });
  afterEach(async () => {
    for (const { server } of remotes.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('fetches and pushes; the token is in no argument, environment or file of the store', async () => {
    const server = await remote(backend);
    const asked = join(fixture.root, 'asked');
    const noting = `echo "$2" >> '${asked}'; exec ${askpassCommand().join(' ')} "$@"`;
    const git = createGit({ askpass: ['/bin/sh', '-c', noting, 'sh'] });
    const https = at(server.port);
    await git.fetch(https, ['main']);
    const base = (await git.resolve(https, 'main'))!;
    const tree = fixture.directory('tree');
    await git.checkout(https, base, tree);
    writeFileSync(join(tree, 'new.txt'), 'x');
    const id = (await git.commit(https, tree, { parent: base, message: 'm', at: 1_800_000_000 })).commit!;
    expect(await git.push(https, { commit: id, branch: 'main', expected: base })).toBe('pushed');
    expect(plainGit(fixture.remote, 'rev-parse', 'main')).toBe(id);
    expect(server.seen.some((request) => request.authorization !== undefined)).toBe(true);
    expect(server.leaked).toEqual([]);
    // For the password alone: it knows the name
    expect(readFileSync(asked, 'utf8')).toMatch(/^(?:Password for .*\n)+$/);
    const grep = () => execFileSync('grep', ['-rl', TOKEN, https.store], { encoding: 'utf8' });
    expect(grep).toThrow();
  });
  test('a wrong token is denied, and no error has it, not even when the remote says it back', async () => {
    const server = await remote((_request, response) => {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"', 'Content-Type': 'text/plain' });
      response.end(`you sent ${TOKEN}\n`);
    });
    const error = await createGit()
      .fetch(at(server.port), ['main'])
      .then(
        () => new Error('fetched'),
        (reason: Error) => reason,
      );
    expect(error).toMatchObject({ code: 'denied' });
    expect(server.seen.some((request) => request.authorization !== undefined)).toBe(true);
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(
      TOKEN,
    );
  });
  test('a redirect is not followed but told, and the other host is told nothing', async () => {
    const other = await remote(backend);
    const server = await remote((request, response) => {
      response.writeHead(302, { Location: `https://127.0.0.1:${other.port}${request.url}` }).end();
    });
    const moved = {
      code: 'invalid',
      message: expect.stringContaining(`it moved to https://127.0.0.1:${other.port}/`),
    };
    await expect(createGit().fetch(at(server.port), ['main'])).rejects.toMatchObject(moved);
    expect(server.seen.every((request) => request.authorization === undefined)).toBe(true);
    expect(other.seen).toEqual([]);
  });
  test('a certificate that nobody vouches for is not trusted', async () => {
    const server = await remote(backend);
    delete process.env.GIT_SSL_CAINFO;
    await expect(createGit().fetch(at(server.port), ['main'])).rejects.toMatchObject({ code: 'denied' });
    expect(server.seen).toEqual([]);
  });
});

test("ssh is given the principal's key, the known hosts and no other configuration", async () => {
  const bin = fixture.directory('bin');
  const log = join(fixture.root, 'ssh.log');
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" > ${log}\nfor last; do :; done\nexec sh -c "$last"\n`;
  writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
  process.env.PATH = `${bin}:${process.env.PATH}`;
  mkdirSync(join(fixture.root, 'keys'));
  const key = join(fixture.root, 'keys/id');
  const hosts = join(fixture.root, 'keys/hosts');
  const repository: Repository = {
    ...fixture.repository,
    url: `ssh://git@git.example.com:2222${fixture.remote}`,
    principal: { ...PRINCIPAL, sshKeyFile: key },
    protocols: ['ssh'],
  };
  const git = createGit({ knownHosts: hosts });
  await git.fetch(repository, ['main']);
  expect(await git.resolve(repository, 'main')).toBe(plainGit(fixture.remote, 'rev-parse', 'main'));
  const argv = readFileSync(log, 'utf8').trimEnd().split('\n');
  expect(argv).toEqual(expect.arrayContaining(['/dev/null', 'IdentitiesOnly=yes', key, 'BatchMode=yes']));
  expect(argv).toEqual(
    expect.arrayContaining(['StrictHostKeyChecking=yes', `UserKnownHostsFile=${hosts}`, '2222']),
  );
  const spaced = { ...repository, principal: { ...PRINCIPAL, sshKeyFile: `${key} -o ProxyCommand=x` } };
  await expect(git.fetch(spaced, ['main'])).rejects.toMatchObject({ code: 'invalid' });
});

describe('the person’s ssh agent', () => {
  const told = async (sshKeyFile?: string) => {
    const bin = fixture.directory('bin');
    const log = join(fixture.root, 'ssh.log');
    const script = `#!/bin/sh\necho "\${SSH_AUTH_SOCK-unset}" > ${log}\nfor last; do :; done\nexec sh -c "$last"\n`;
    writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
    process.env.PATH = `${bin}:${process.env.PATH}`;
    process.env.SSH_AUTH_SOCK = '/run/agent';
    const principal = { ...PRINCIPAL, ...(sshKeyFile ? { sshKeyFile } : {}) };
    const url = `ssh://git@git.example.com${fixture.remote}`;
    await createGit().fetch({ ...fixture.repository, url, principal, protocols: ['ssh'] }, ['main']);
    return readFileSync(log, 'utf8').trim();
  };
  afterEach(() => {
    delete process.env.SSH_AUTH_SOCK;
  });
  test('serves git’s ssh where no key is bound to the principal', async () => {
    expect(await told()).toBe('/run/agent');
  });
  test('is out of reach where one is', async () => {
    expect(await told(join(fixture.root, 'key'))).toBe('unset');
  });
});
