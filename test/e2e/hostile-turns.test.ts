/** Engines that mean harm, as tasks of a real federation: what they reach is nothing, the record says how they failed, the next task is served. */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeSandbox } from '../../src/adapters/engines/probe.ts';
import { tempHomes } from '../support/cli.ts';
import { isSlow } from '../support/counts.ts';
import { type CustomFederation, startCustomFederation } from '../support/custom-federation.ts';
import { processesWith } from '../support/foreground.ts';
import { stayOpen, transcriptAs } from '../support/own-user.ts';

const { available, detail } = await probeSandbox();
if (!available) console.log(`hostile turns passed over: ${detail}`);

const here = tempHomes();
const listed = createServer((_, response) => response.end('the listed one'));
let fed: CustomFederation;
let leave: () => Promise<void>;
/** Of Host, runner and user: what listens below their homes. */
let sockets: string[];
const place = (): string => `127.0.0.1:${(listed.address() as AddressInfo).port}`;
// Nobody else on this machine sleeps so long
const LONG = `${process.pid}4254`;
const SHELL = { type: 'exec', auth: 'none', command: ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'] };

const startAll = async () => {
  await new Promise<void>((resolve) => listed.listen(0, '127.0.0.1', resolve));
  const policy = { sandbox: 'bwrap', network: [place()] };
  fed = await startCustomFederation(here, {
    ...{ users: { alice: null }, sandbox: ['bwrap', 'none'] },
    agents: { builder: policy, hasty: { ...policy, budget: { time: '5s' } } },
    engines: { builder: SHELL, hasty: SHELL },
    edges: ['alice delegates_to builder', 'alice delegates_to hasty'],
  });
  sockets = readdirSync(here.root, { recursive: true, withFileTypes: true })
    .filter((one) => one.isSocket())
    .map((one) => join(one.parentPath, one.name));
  expect(sockets).not.toEqual([]);
  leave = await stayOpen(fed.homes.alice!);
};

/** What a proxy answers to a request for this place, in its first line. */
const viaProxy = (target: string): string =>
  `exec 5<>/dev/tcp/127.0.0.1/\${http_proxy##*:}; printf 'CONNECT ${target} HTTP/1.1\\r\\n\\r\\n' >&5; head -1 <&5; exec 5>&-;`;
const METADATA = '169.254.169.254';

type Row = {
  script(): string;
  node?: string;
  /** In the words with which its session failed. */
  says: RegExp;
  reason?: string;
};
const ROWS: Readonly<Record<string, Row>> = {
  'prints its environment': { script: () => 'env; exit 1', says: /ENTANGLE_TASK_FILE=/ },
  'reads /proc': {
    script: () => 'cat /proc/*/environ /proc/*/cmdline /proc/*/root/etc/shadow; echo read; exit 1',
    says: /read\n/,
  },
  'connects to Host, relay and metadata': {
    script: () =>
      [
        ...sockets.map(
          (path) =>
            `node -e 'require("net").connect(process.argv[1]).on("connect", () => console.log("reached"))' ${path}`,
        ),
        ...[`127.0.0.1/${new URL(fed.relay).port}`, `${METADATA}/80`].map(
          (to) => `cat < /dev/tcp/${to} && echo reached`,
        ),
        'echo tried; exit 1',
      ].join('\n'),
    says: /tried\n/,
  },
  'connects to them through the proxy': {
    script: () => `${[new URL(fed.relay).host, `${METADATA}:80`, place()].map(viaProxy).join('')} exit 1`,
    says: /^(?:.*\n)?HTTP\/1.1 403 Forbidden\s+HTTP\/1.1 403 Forbidden\s+HTTP\/1.1 200 Connection established\s+$/,
  },
  'writes outside': {
    script: () =>
      `for at in ${here.root} / /usr /etc; do echo x > $at/made-outside; done; echo tried; exit 1`,
    says: /tried\n/,
  },
  'forks daemons': {
    script: () =>
      `for i in 1 2 3; do env -i setsid -f sleep ${LONG} </dev/null >/dev/null 2>&1; done; exit 1`,
    says: /^/,
  },
  'ignores SIGTERM': {
    script: () =>
      `trap '' TERM; setsid -f bash -c "trap '' TERM; while :; do sleep ${LONG}; done"; while :; do sleep ${LONG}; done`,
    node: 'hasty',
    ...{ says: /^/, reason: 'timed_out' },
  },
  'prints a gigabyte': { script: () => 'head -c 1000000000 /dev/zero', says: /^/, reason: 'output_limit' },
};

/** What the sandbox makes of each is a contract of its own. Here a federation is looked for, or says how a turn ended: one of each. */
const TELLING = new Set([
  'connects to Host, relay and metadata',
  'ignores SIGTERM',
  'connects to them through the proxy',
]);
const PLAYED = Object.entries(ROWS).filter(([name]) => isSlow || TELLING.has(name));

describe.runIf(available)('an engine that', () => {
  beforeAll(startAll, 180_000);
  afterAll(async () => {
    listed.close();
    await leave?.();
    await fed?.close();
  });

  test.each(PLAYED)('%s has failed, and the next task is served', async (_what, row) => {
    const { script, node = 'builder', says, reason } = row;
    const session = await fed.ask('alice', node, script());
    await expect(fed.waited('alice', session, 'end')).rejects.toMatchObject({ code: 'denied' });
    const shown = await fed.session('alice', session);
    expect(shown.state).not.toBe('completed');
    const told = `${shown.summary ?? ''}${await transcriptAs(fed.homes.alice!, session)}`;
    expect(shown.summary ?? '').toMatch(says);
    for (const never of ['reached', 'the listed one', `HOME=${fed.homes.runner!}`, 'root:'])
      expect(told).not.toContain(never);
    const [turn] = (await fed.tables('runner')).list('turns', { session });
    expect([turn?.status, turn?.commit_id]).toEqual([reason ?? 'failed', null]);
    expect(fed.head(node, session)).toBe('');
    expect(processesWith(`sleep ${LONG}`)).toEqual([]);
    for (const at of [here.root, '/', '/usr', '/etc']) expect(readdirSync(at)).not.toContain('made-outside');
    const next = await fed.ask('alice', 'builder', 'echo served');
    expect((await fed.waited('alice', next, 'end')).summary).toBe('served\n');
  });
});
