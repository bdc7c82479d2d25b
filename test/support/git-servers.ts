/** Git over the transports that people have it on: https behind TLS with tokens, and sshd with keys; some may only read. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './cli.ts';
import { until } from './custom-federation.ts';
import { plainGit } from './git-fixtures.ts';

export type Access = 'read' | 'write';
const BACKEND = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
const SSHD = '/usr/sbin/sshd';
export const servesHttps = existsSync(BACKEND) && existsSync('/usr/bin/openssl');
export const servesSsh = existsSync(SSHD);

const certificate = (root: string): { key: string; cert: string } => {
  const [key, cert] = [join(root, 'tls.key'), join(root, 'tls.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', [...args, '-days', '2', ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return { key, cert };
};

/** git http-backend over what lies in `root`, which the request is passed to. */
export const passOn = (root: string, request: IncomingMessage, response: ServerResponse): void => {
  const [path, query = ''] = (request.url ?? '').split('?');
  const cgi = spawn(BACKEND, {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_USER: 'bot',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  request.pipe(cgi.stdin);
  const parts: Buffer[] = [];
  cgi.stdout.on('data', (part: Buffer) => parts.push(part));
  cgi.on('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const heads = all
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = Number(heads.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(heads)).end(all.subarray(end + 4));
  });
};

export type HttpsRequest = { url: string; authorization: string | undefined };
/** Tokens by what they may do, each with the user name of a token; `ca` is what its clients trust. */
export const httpsGit = async (root: string, remote: string, tokens: Readonly<Record<string, Access>>) => {
  const { key, cert } = certificate(root);
  plainGit(remote, 'config', 'http.receivepack', 'true');
  const seen: HttpsRequest[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const { authorization } = request.headers;
    seen.push({ url: request.url ?? '', authorization });
    const given = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString();
    const access = tokens[given.replace(/^x-access-token:/, '')];
    if (access === undefined)
      return response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end(`no: ${given}\n`);
    if (access === 'read' && request.url?.includes('git-receive-pack'))
      return response.writeHead(403).end('this token only reads\n');
    return passOn(root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: cert,
    seen,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

/** sshd for this account, on loopback, with a host key of its own. */
export const sshGit = async (root: string) => {
  const [hostKey, allowed, config] = ['host_key', 'authorized_keys', 'sshd_config'].map((name) =>
    join(root, name),
  ) as [string, string, string];
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  writeFileSync(allowed, '', { mode: 0o600 });
  const port = await freePort();
  const settings = {
    ...{ Port: port, ListenAddress: '127.0.0.1', HostKey: hostKey, AuthorizedKeysFile: allowed },
    ...{ PidFile: 'none', StrictModes: 'no', UsePAM: 'no', PasswordAuthentication: 'no' },
    ...{ PermitRootLogin: 'prohibit-password', LogLevel: 'VERBOSE' },
  };
  writeFileSync(
    config,
    Object.entries(settings)
      .map((row) => `${row.join(' ')}\n`)
      .join(''),
  );
  // Where its package has no service running, nobody has made the directory that it wants
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const log: string[] = [];
  const child: ChildProcess = spawn(SSHD, ['-D', '-e', '-f', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr!.on('data', (bytes) => log.push(String(bytes)));
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => resolve(true)).once('error', () => resolve(false));
    });
  await until('sshd', answers);
  const [type, key] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ');
  return {
    /** Of a repository at this path. */
    urlOf: (path: string) => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    knownHosts: `[127.0.0.1]:${port} ${type} ${key}\n`,
    log,
    allow: (publicKey: string, access: Access = 'write') => {
      const only = access === 'read' ? `command="git upload-pack '${root}/remote.git'",` : '';
      writeFileSync(allowed, `${only}no-pty,no-port-forwarding ${publicKey}\n`, { flag: 'a' });
    },
    close: async () => {
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill();
        await ended;
      }
    },
  };
};
