/** Engines that mean harm, each in a real sandbox: what they reach is nothing, how they end is told, and the next turn runs. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createExecEngine } from '../../src/adapters/engines/exec/engine.ts';
import { probeSandbox } from '../../src/adapters/engines/probe.ts';
import type { EngineLimits, TurnEnd } from '../../src/ports/index.ts';

const { available, detail } = await probeSandbox();
if (!available) console.log(`hostile engines passed over: ${detail}`);
const engine = createExecEngine({ graceMs: 300 });
const MIB = 1024 ** 2;
const LIMITS: EngineLimits = {
  ...{ timeMs: 60_000, outputBytes: MIB, memoryBytes: 512 * MIB },
  ...{ diskBytes: 32 * MIB, diskEntries: 2000 },
};

let root: string;
/** Stands for Host, relay and whatever else listens here; and the one that a policy lists. */
const [local, listed] = [0, 1].map(() => createServer((_, response) => response.end('reached'))) as [
  ReturnType<typeof createServer>,
  ReturnType<typeof createServer>,
];
const portOf = (server: typeof local): number => (server.address() as AddressInfo).port;
let turns = 0;
const run = async (script: string, limits: Partial<EngineLimits> = {}): Promise<TurnEnd> => {
  const place = join(root, String(++turns));
  for (const name of ['work', 'scratch']) mkdirSync(join(place, name), { recursive: true, mode: 0o700 });
  chmodSync(place, 0o711);
  return engine.run(
    {
      ...{ spec: { type: 'exec', auth: 'none', command: ['bash', '-c', script] }, task: 'x', hidden: [] },
      ...{ attached: [], secrets: [], workspace: join(place, 'work'), scratch: join(place, 'scratch') },
      ...{ sandbox: 'bwrap', network: [`127.0.0.1:${portOf(listed)}`], limits: { ...LIMITS, ...limits } },
    },
    {
      ask: async () => ({ decision: 'rejected', reason: 'test' }),
      directive: async () => '{}',
      trace: () => undefined,
    },
    new AbortController().signal,
  );
};

beforeAll(async () => {
  for (const server of [local, listed]) await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  for (const server of [local, listed]) server.close();
});
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'entangle-hostile-')));
  chmodSync(root, 0o711);
  writeFileSync(join(root, 'key'), 'hunter2', { mode: 0o644 });
  vi.stubEnv('OF_THE_RUNNER', 'hunter2');
  return () => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  };
});

/** What a proxy answers to a request for this place, in its first line. */
const viaProxy = (target: string): string =>
  `exec 5<>/dev/tcp/127.0.0.1/\${http_proxy##*:}; printf 'CONNECT ${target} HTTP/1.1\\r\\n\\r\\n' >&5; head -1 <&5; exec 5>&-;`;
const METADATA = '169.254.169.254:80';

type Row = {
  script(): string;
  limits?: Partial<EngineLimits>;
  ends: Partial<Record<keyof TurnEnd, unknown>>;
  /** All that it may have printed. */
  prints?: RegExp;
  left?(): unknown;
};
const ROWS: Record<string, Row> = {
  'prints its environment': { script: () => 'env; exit 1', ends: { reason: 'failed', exitCode: 1 } },
  'reads /proc': {
    script: () => 'cat /proc/*/environ /proc/*/cmdline /proc/*/root/etc/shadow; exit 1',
    ends: { reason: 'failed' },
  },
  'connects to Host, relay and metadata': {
    script: () =>
      `{ cat < /dev/tcp/127.0.0.1/${portOf(local)}; cat < /dev/tcp/169.254.169.254/80; } 2>/dev/null && echo reached; exit 1`,
    ends: { reason: 'failed', reached: [] },
    prints: /^$/,
  },
  'connects to them through the proxy': {
    script: () =>
      `${[`127.0.0.1:${portOf(local)}`, METADATA, `127.0.0.1:${portOf(listed)}`].map(viaProxy).join('')} exit 1`,
    ends: { reason: 'failed' },
    prints: /^HTTP\/1.1 403 Forbidden\s+HTTP\/1.1 403 Forbidden\s+HTTP\/1.1 200 Connection established\s+$/,
  },
  'writes outside': {
    script: () =>
      `for at in ${root} / /usr /etc /proc/sys/kernel; do echo x > $at/made; done 2>/dev/null; exit 1`,
    ends: { reason: 'failed' },
    left: () => ['/', '/usr', '/etc', root].filter((path) => existsSync(join(path, 'made'))),
  },
  'reads beside its workspace': { script: () => `cat ${root}/key; exit 1`, ends: { reason: 'failed' } },
  'forks daemons': {
    script: () => 'for i in 1 2 3; do env -i setsid -f sleep 4254 </dev/null >/dev/null 2>&1; done; exit 1',
    ends: { reason: 'failed' },
  },
  'ignores SIGTERM': {
    script: () =>
      "trap '' TERM; setsid -f bash -c \"trap '' TERM; while :; do sleep 4254; done\"; while :; do sleep 4254; done",
    limits: { timeMs: 2000 },
    ends: { reason: 'timed_out' },
  },
  'prints a gigabyte': {
    script: () => 'head -c 1000000000 /dev/zero',
    ends: { reason: 'output_limit' },
  },
  'fills the disk': {
    script: () => 'head -c 200000000 /dev/zero > big; sleep 4254',
    ends: { reason: 'disk_limit' },
  },
  'fills the disk with names': {
    script: () => 'for i in {1..30}; do mkdir $i; touch $i/{1..100}; done; sleep 4254',
    ends: { reason: 'disk_limit' },
  },
  'fills what is in memory': {
    script: () =>
      'head -c 600000000 /dev/zero > /tmp/a || head -c 600000000 /dev/zero > /dev/shm/b || exit 1',
    ends: { reason: 'failed', exitCode: 1 },
  },
  'fills memory': {
    script: () => `node -e 'const all = []; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 5)'`,
    ends: { reason: 'failed', tail: expect.stringContaining('over the memory limit') },
  },
  ...(process.env.SLOW === '1' && {
    'forks without end': {
      script: () => 'bomb() { bomb | bomb & }; bomb; sleep 4254',
      limits: { timeMs: 5000 },
      ends: { reason: expect.stringMatching(/^(timed_out|failed)$/) },
    },
  }),
};

describe.runIf(available)('an engine that', () => {
  test.each(Object.entries(ROWS))('%s is contained, and the next turn runs', async (_what, row) => {
    const end = await run(row.script(), row.limits);
    expect(end).toMatchObject(row.ends);
    expect(end.tail).toMatch(row.prints ?? /^/);
    expect(end.tail).not.toContain('hunter2');
    expect(row.left?.() ?? []).toEqual([]);
    const processes = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n');
    expect(processes.filter((line) => line.includes('sleep 4254') && !line.startsWith('Z'))).toEqual([]);
    expect(await run('echo served')).toMatchObject({ reason: 'done', tail: 'served\n' });
  });
});
