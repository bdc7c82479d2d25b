/** A secret that is looked for everywhere, in every form, while two engines have it and afterwards. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent } from '../support/bundled-agent.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';

const here = tempHomes();
/** Random, and with characters that a URL has in another form. */
const CANARY = `canary/${crypto.randomUUID()}+${crypto.randomUUID()}`;
const bytes = Buffer.from(CANARY);
/** Of base64 the middle, wherever in three bytes the value begins; of each form what tells it from all else. */
const FORMS: readonly Buffer[] = [
  bytes,
  ...[0, 1, 2].map((before) =>
    Buffer.from(
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .slice(before === 0 ? 0 : 4, 60),
    ),
  ),
  ...[0, 1, 2].map((before) =>
    Buffer.from(
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64url')
        .slice(before === 0 ? 0 : 4, 60),
    ),
  ),
  Buffer.from(bytes.toString('hex')),
  Buffer.from(bytes.toString('hex').toUpperCase()),
  Buffer.from(encodeURIComponent(CANARY)),
];
const has = (text: Buffer): boolean => FORMS.some((form) => text.includes(form));

const unpacked = (text: Buffer): Buffer[] => {
  const found: Buffer[] = [];
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  const attempt = (work: () => Buffer) => {
    try {
      found.push(work());
    } catch {
      // It only looked as if something was packed there
    }
  };
  // An object of git is one stream of zlib; gzip begins with three bytes of its own, anywhere
  if (text[0] === 0x78) attempt(() => inflateSync(text, options));
  for (let at = text.indexOf('1f8b08', 0, 'hex'); at >= 0; at = text.indexOf('1f8b08', at + 1, 'hex'))
    attempt(() => gunzipSync(text.subarray(at), options));
  return found;
};
const holds = (text: Buffer): boolean => has(text) || unpacked(text).some(has);

const read = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch {
    // Gone since it was listed, or a socket
    return Buffer.alloc(0);
  }
};
const found = (): string[] =>
  [here.root, fed.fixture.root].flatMap((root) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => holds(read(path))),
  );

/** The kernel gives no more of it at once. */
const PROC_BYTES = 4 * 1_048_576;
const proc = (path: string): Buffer => {
  const text = Buffer.alloc(PROC_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return text.subarray(0, readSync(file, text));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0);
  }
};
const leaks = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => ['environ', 'cmdline'].map((file) => `/proc/${pid}/${file}`))
    .filter((path) => holds(proc(path)));

let fed: CustomFederation;
let host: string;
beforeAll(async () => {
  const agent = join(here.root, 'agent.mjs');
  bundleAgent(agent);
  const engines = {
    shell: { type: 'exec', auth: 'secret:canary', command: ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'] },
    spoken: { type: 'acp', auth: 'secret:canary', command: ['node', agent, '1'] },
  };
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { shell: {}, spoken: {} },
    engines,
    edges: ['alice delegates_to shell', 'alice delegates_to spoken'],
  });
  host = fed.homes.host!;
}, 120_000);
afterAll(() => fed.close());

test('what is looked for would be found, in each form', () => {
  const plant = (name: string, text: string | Buffer) => writeFileSync(join(here.root, name), text);
  for (const [i, form] of FORMS.entries()) plant(`planted-${i}`, Buffer.concat([Buffer.from('…'), form]));
  expect(found()).toHaveLength(FORMS.length);
  for (const i of FORMS.keys()) plant(`planted-${i}`, '');
  expect(found()).toEqual([]);
});

test.each([
  ['shell', ''],
  ['spoken', 'run '],
])(
  'T124 the engine of %s has it in the file that is mounted for it, and it is nowhere else; then it is gone',
  async (node, deed) => {
    const set = await run(host, ['host', 'secret', 'set', 'canary'], `${CANARY}\n`);
    expect(set).toMatchObject({ code: 0, stderr: '' });
    expect(found()).toEqual([]);
    const [ready, go] = [join(here.root, `ready-${node}`), join(here.root, `go-${node}`)];
    const use = `cat "$ENTANGLE_SECRETS/canary"; echo " was used"; touch ${ready}; while [ ! -e ${go} ]; do sleep 0.05; done`;
    const session = await fed.ask('alice', node, `${deed}${use}`);
    await until('the engine', async () => existsSync(ready));
    const turns = join(fed.directory('runner'), 'turns');
    expect(found()).toEqual(readdirSync(turns).map((turn) => join(turns, turn, 'scratch/secrets/canary')));
    expect(found()).toHaveLength(1);
    expect(leaks()).toEqual([]);
    writeFileSync(go, '');
    const end = await fed.waited('alice', session, 'end');
    expect(end).toMatchObject({ state: 'completed', summary: expect.stringContaining('[secret canary]') });
    await until('nothing of it on the disk', async () => found().length === 0);
    expect(leaks()).toEqual([]);
    const said = [
      end,
      await run(fed.homes.alice!, ['user', 'trace', session, '--transcript']),
      await run(host, ['host', 'secret', 'list', '--json']),
      await run(host, ['host', 'status', '--json']),
      await run(host, ['host', 'trace', '--json']),
      await run(host, ['host', 'audit', 'tail', '--json']),
      await json(fed.homes.alice!, ['user', 'show', session]),
      fed.serving('host').log,
      fed.serving('runner').log,
    ];
    expect(holds(Buffer.from(JSON.stringify(said)))).toBe(false);
  },
  120_000,
);
