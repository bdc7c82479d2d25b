/** What an engine sees and can do in its sandbox, asked from inside of a real one and from outside of it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExecEngine } from '../../src/adapters/engines/exec/engine.ts';
import { probeSandbox } from '../../src/adapters/engines/probe.ts';
import { findProgram } from '../../src/adapters/system/child-process.ts';

const { available, detail } = await probeSandbox();
if (!available) console.log(`tests of the fence passed over: ${detail}`);
const perl = findProgram('perl');
const isRoot = process.getuid?.() === 0;
const engine = createExecEngine({ graceMs: 300 });
const MIB = 1024 ** 2;

let root: string;
const made: string[] = [];
const servers: Server[] = [];
const directory = (parent: string): string => {
  const path = mkdtempSync(join(parent, 'entangle-fence-'));
  made.push(path);
  chmodSync(path, 0o755);
  return path;
};
beforeEach(() => {
  root = directory(tmpdir());
  for (const name of ['work', 'scratch']) mkdirSync(join(root, name), { mode: 0o700 });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

type Setup = {
  network?: readonly string[];
  isReadOnly?: boolean;
  memoryBytes?: number;
  timeMs?: number;
  onText?: (text: string) => void;
  stop?: AbortSignal;
};
const run = (command: readonly string[], setup: Setup = {}) =>
  engine.run(
    {
      ...{
        spec: { type: 'exec', auth: 'none', command: [...command] },
        task: 'the task\n',
        hidden: [],
        attached: [],
        secrets: [],
      },
      ...{ workspace: join(root, 'work'), scratch: join(root, 'scratch'), sandbox: 'bwrap' },
      network: setup.network ?? [],
      isReadOnly: setup.isReadOnly ?? false,
      limits: {
        timeMs: setup.timeMs ?? 120_000,
        outputBytes: 1_000_000,
        ...{ diskBytes: 1e9, diskEntries: 1e5 },
        memoryBytes: setup.memoryBytes ?? 2048 * MIB,
      },
    },
    {
      ask: async () => ({ decision: 'rejected', reason: 'test' }),
      directive: async () => '{}',
      trace: ({ bytes }) => setup.onText?.(Buffer.from(bytes).toString()),
    },
    setup.stop ?? new AbortController().signal,
  );
const shell = (script: string, setup?: Setup) => run(['bash', '-c', script], setup);
const node = (script: string, setup?: Setup) => run([process.execPath, '-e', script], setup);

const listen = async (path: string): Promise<void> => {
  const server = createServer((socket) => socket.end('reached'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
};
const CALL = (path: string) =>
  `const s=require("net").connect(${JSON.stringify({ path })});s.on("data",(b)=>console.log(String(b)));s.on("error",(e)=>console.log(e.code))`;

/** Every setting of the kernel that opens for writing; nothing is written. */
const OPENS = `
const fs = require("fs"); let opened = 0, seen = 0;
const walk = (d) => { for (const e of fs.readdirSync(d, { withFileTypes: true })) {
  const p = d + "/" + e.name;
  if (e.isDirectory()) { try { walk(p); } catch {} continue; }
  seen++;
  try { fs.closeSync(fs.openSync(p, fs.constants.O_WRONLY)); console.log(p); opened++; } catch {}
} };
walk("/proc/sys"); console.log(seen > 100 ? "many seen" : "few seen", opened, "opened");`;

/** Somewhere that is no person's home and no place for temporary files, where this account may write. */
const elsewhere = async (): Promise<string> => {
  for (const path of ['/srv', '/opt', '/dev/shm'])
    if (
      await access(path, constants.W_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  return process.cwd();
};

describe.runIf(available)('inside the fence', () => {
  test('no setting of the kernel opens for writing', async () => {
    expect((await node(OPENS)).tail).toBe('many seen 0 opened\n');
  });

  test('/etc holds no account, no shadow and no key of this machine', async () => {
    const { tail } = await shell(
      'cat /etc/shadow /etc/machine-id /etc/ssh/*; ls /etc/ssl; cat /etc/passwd; id -un',
    );
    expect(tail).toMatch(/shadow: No such file.*\n.*machine-id: No such file.*\n.*ssh.*: No such file/);
    expect(tail).not.toContain('private');
    expect(tail).toMatch(/engine:x:1000[^\n]*\nnobody:[^\n]*\nengine\n$/);
  });

  test('homes outside of /home, with their Host’s socket, are not there', async () => {
    const home = directory(await elsewhere());
    mkdirSync(join(home, 'op/host/default/keys'), { recursive: true });
    writeFileSync(join(home, 'op/host/default/keys/host.key'), 'SECRET', { mode: 0o644 });
    const socket = join(home, 'op/host/default/api.sock');
    await listen(socket);
    chmodSync(socket, 0o777);
    expect((await shell(`cat ${home}/op/host/default/keys/host.key; ls ${home}`)).tail).not.toContain(
      'SECRET',
    );
    expect((await node(CALL(socket))).tail).toBe('ENOENT\n');
  });

  test('T140 the files of a review are there, and nobody writes to them', async () => {
    writeFileSync(join(root, 'work/made.txt'), 'made\n', { mode: 0o666 });
    const script =
      'cat made.txt; echo x 2>/dev/null >made.txt || echo kept; touch new 2>/dev/null || echo none';
    const { tail } = await run(['sh', '-c', script], { isReadOnly: true });
    expect(tail).toBe('made\nkept\nnone\n');
  });

  test('at the top there is nothing but what was laid out', async () => {
    const { tail } = await shell('ls -A /');
    const allowed = new Set([
      'bin',
      'dev',
      'etc',
      'gnu',
      'lib',
      'lib32',
      'lib64',
      'libx32',
      'nix',
      'proc',
      'sbin',
    ]);
    const others = tail
      .trim()
      .split('\n')
      .filter((name) => !allowed.has(name));
    const own = [root, process.execPath, ...(process.env.PATH ?? '').split(':')].map(
      (path) => path.split('/')[1],
    );
    expect(others.filter((name) => !['tmp', 'usr', ...own].includes(name))).toEqual([]);
  });

  test('no namespace of one’s own', async () => {
    const { tail } = await shell('unshare -U true && echo made; unshare -rm true && echo made; echo end');
    expect(tail).not.toContain('made');
    expect(tail).toMatch(/unshare failed[\s\S]*end\n$/);
  });

  test.each([
    ['without a network', []],
    ['with a list of it', ['localhost:8080']],
  ])('%s no abstract socket of the machine is reached', async (_what, network) => {
    const path = `\0entangle-fence-${process.pid}-${network.length}`;
    await listen(path);
    expect((await node(CALL(path), { network })).tail).toBe('ECONNREFUSED\n');
  });

  test('T134 programs find the way to what is listed, by a proxy or at its own port, and to nothing else', async () => {
    const server = createHttpServer((request, response) => response.end(`${request.method} ${request.url}`));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const other = createHttpServer((_, response) => response.end('reached'));
    servers.push(other);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const near = `http://127.0.0.1:${port}`;
    const beside = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const script = `
      const say = (url, more) => fetch(url, more).then(async (r) => console.log(r.status, await r.text()), (e) => console.log(e.cause?.code));
      const { request } = require('node:http');
      const proxy = new URL(process.env.http_proxy);
      const asked = (path) => new Promise((done) => request({ host: proxy.hostname, port: proxy.port, path }, (r) => {
        let text = ''; r.on('data', (b) => { text += b; }).on('end', () => { console.log(r.statusCode, text.trim()); done(); });
      }).end());
      (async () => {
        await say('${near}/own'); await say('${beside}/');
        await asked('${near}/proxied'); await asked('${beside}/');
        const told = (r) => console.log(r.status === 403 ? 'refused' : r.status);
        await fetch('http://entangle.invalid/').then(told, () => console.log('refused'));
        require('node:fs').appendFileSync(process.argv[1] + '/network/proxy', 'x');
      })().catch((e) => console.log(e.code));`;
    const { tail, reached } = await run([process.execPath, '-e', script, join(root, 'scratch')], {
      network: [`127.0.0.1:${port}`],
    });
    expect(tail.split('\n')).toEqual([
      ...['200 GET /own', 'ECONNREFUSED', '200 GET /proxied'],
      expect.stringMatching(/^403 entangle: .* is not in the list/),
      'refused',
      ...['ENXIO', ''],
    ]);
    expect(reached?.map(({ to, outcome, connections }) => [to, outcome, connections])).toEqual([
      [`127.0.0.1:${port}`, 'opened', 2],
      [beside.slice('http://'.length), 'not_listed', 1],
      ['entangle.invalid:80', 'not_listed', 1],
    ]);
  });

  test('what is listed by its name and by its address is opened once, and is there', async () => {
    const server = createHttpServer((_, response) => response.end('reached'));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const script = `fetch('http://127.0.0.1:${port}/').then(async (r) => console.log(r.status, await r.text()));`;
    const network = [`127.0.0.1:${port}`, `[::1]:${port}`, `localhost:${port}`];
    const { tail, reached } = await node(script, { network });
    expect(tail).toBe('200 reached\n');
    expect(reached).toMatchObject([{ to: `127.0.0.1:${port}`, outcome: 'opened' }]);
  });

  test('what can be written to outside of the workspace is bounded', async () => {
    const script = `{ for place in / /dev /etc /run /proc /usr /tmp /dev/shm; do head -c 200M /dev/zero > $place/fill; [ -s $place/fill ] && stat -c '%n %s' $place/fill; done; echo end; } 2>/dev/null`;
    const { tail } = await shell(script, { memoryBytes: 400 * MIB });
    expect(tail).toBe(`/tmp/fill ${100 * MIB}\n/dev/shm/fill ${100 * MIB}\nend\n`);
  });

  test.runIf(perl)('keys of the session that the runner was started in are out of reach', async () => {
    const [add, request, control] = process.arch === 'arm64' ? [217, 218, 219] : [248, 249, 250];
    const calls = [
      `${add}, $type, $name, $data, 1, -3`,
      `${request}, $type, $name, 0, 0`,
      `${control}, 0, -3, 1`,
    ];
    const asked = calls.map((call) => `print syscall(${call}), " ", $! + 0, "\\n";`);
    const script = `my ($type, $name, $data) = ("user", "left", "x"); ${asked.join(' ')}`;
    // No such call: the sandbox is as a kernel that has no keyrings
    expect((await run([perl!, '-e', script])).tail).toBe('-1 38\n-1 38\n-1 38\n');
  });

  test.runIf(perl)('sockets of a virtual machine lead out of no turn, be it by another call', async () => {
    const [socket, ring] = process.arch === 'arm64' ? [198, 425] : [41, 425];
    const vsock = 40;
    const asked = [`${socket}, ${vsock}, 1, 0`, `${ring}, 8, $room`, `${socket}, 1, 1, 0`].map(
      (call) => `print syscall(${call}) < 0 ? $! + 0 : "made", "\\n";`,
    );
    // No such family, no such call; those of this machine alone are there
    const { tail } = await run([perl!, '-e', `my $room = "\\0" x 120; ${asked.join(' ')}`]);
    expect(tail).toBe('97\n38\nmade\n');
  });

  test.runIf(perl)(
    'a turn whose engine holds the first process of its sandbox ends by its time',
    async () => {
      const ptrace = process.arch === 'arm64' ? 117 : 101;
      const attach = 16;
      const hold = `syswrite($w, syscall(${ptrace}, ${attach}, 1, 0, 0) == 0 ? "held\\n" : "not held\\n"); sleep 1000;`;
      const script = `pipe(my $r, my $w); if (fork() == 0) { ${hold} } print scalar <$r>; exit 0;`;
      const { reason, tail } = await run([perl!, '-e', script], { timeMs: 3000 });
      // A kernel may be set to refuse it (kernel.yama.ptrace_scope)
      expect(reason).toBe(tail === 'held\n' ? 'timed_out' : 'done');
    },
  );

  test('files in memory count as memory', async () => {
    const fill = (bytes: number) =>
      shell(
        `head -c ${bytes} /dev/zero > /tmp/a; head -c ${bytes} /dev/zero > /dev/shm/b; echo filled; node -e 'const b = Buffer.alloc(${280 * MIB},1); setTimeout(() => console.log(b.length > 0), 2500)'`,
        { memoryBytes: 480 * MIB },
      );
    expect(await fill(10)).toMatchObject({ reason: 'done', tail: 'filled\ntrue\n' });
    expect(await fill(110 * MIB)).toMatchObject({
      reason: 'failed',
      tail: expect.stringMatching(/memory limit/),
    });
  });
});

describe.runIf(available)('outside of the fence', () => {
  test('the engine is not root, whoever runs it', async () => {
    const stop = new AbortController();
    let uids: string[] = [];
    const look = (text: string) => {
      if (!text.includes('ready') || stop.signal.aborted) return;
      const pids = execFileSync('pgrep', ['-f', '^sleep 4251$'], { encoding: 'utf8' }).trim().split('\n');
      uids = pids.flatMap(
        (pid) => /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split('\t') ?? [],
      );
      stop.abort();
    };
    await shell('sleep 4251 & until pgrep -f "^sleep 4251$" >/dev/null; do :; done; echo ready; wait', {
      onText: look,
      stop: stop.signal,
    });
    const account = String(isRoot ? 65_533 : process.getuid?.());
    expect(uids).toEqual([account, account, account, account]);
  });

  test('what it left belongs to its account, and to nobody else’s group', async () => {
    await shell('echo x > made');
    const owner = execFileSync('stat', ['-c', '%u %g', join(root, 'work/made')], { encoding: 'utf8' });
    expect(owner.trim()).toBe(isRoot ? '65533 65533' : `${process.getuid?.()} ${process.getgid?.()}`);
  });
});
