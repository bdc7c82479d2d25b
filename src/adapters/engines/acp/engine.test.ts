import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bundleAgent } from '../../../../test/support/bundled-agent.ts';
import { MAX_ACP, MAX_TOOLS } from '../../../core/bounds.ts';
import { DIRECTIVES } from '../../../core/directives.ts';
import type { Permission, PermissionRequest, Turn, TurnSession } from '../../../ports/index.ts';
import { probeSandbox } from '../probe.ts';
import { createAcpEngine } from './engine.ts';
import { writeWorkspaceText } from './files.ts';
import type { AcpSpec } from './profiles.ts';
import { Silence } from './silence.ts';

const { available, detail } = await probeSandbox();
if (!available) console.log(`sandbox tests passed over: ${detail}`);
const kinds = available ? (['none', 'bwrap'] as const) : (['none'] as const);
const engine = createAcpEngine({ graceMs: 300, timeouts: { start: 60_000, silence: 60_000, cancel: 300 } });
const never = new AbortController().signal;

const bundles = mkdtempSync(join(tmpdir(), 'entangle-acp-agent-'));
beforeAll(() => bundleAgent(join(bundles, 'agent.mjs')));
afterAll(() => rmSync(bundles, { recursive: true, force: true }));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-acp-'));
  chmodSync(root, 0o711);
  for (const name of ['work', 'scratch', 'secret']) mkdirSync(join(root, name), { mode: 0o700 });
  copyFileSync(join(bundles, 'agent.mjs'), join(root, 'work/agent.mjs'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const allowed: Permission = { decision: 'approved', reason: 'test' };
type Heard = TurnSession & { text(): string; shown: PermissionRequest[] };
const heard = (permission = allowed): Heard => {
  let text = '';
  const shown: PermissionRequest[] = [];
  return {
    ask: async (request) => {
      shown.push(request);
      return permission;
    },
    directive: async () => '{}',
    trace: ({ bytes }) => {
      text += Buffer.from(bytes).toString('utf8');
    },
    text: () => text,
    shown,
  };
};
const specOf = (...args: string[]): AcpSpec => ({
  ...{ type: 'acp', auth: 'none' },
  command: ['node', join(root, 'work/agent.mjs'), ...args],
});
/** In each version of the protocol. */
const VERSIONS = [1, 2] as const;
const spoken = (version: 1 | 2, manner = ''): AcpSpec => ({
  ...specOf(String(version), manner),
  ...(version === 2 && { protocol: 2 }),
});
const turnOf = (task: string, more: Partial<Turn<AcpSpec>> = {}): Turn<AcpSpec> => ({
  spec: specOf(),
  task,
  attached: [],
  secrets: [],
  scratch: join(root, 'scratch'),
  workspace: join(root, 'work'),
  sandbox: 'none',
  hidden: [join(root, 'secret')],
  network: [],
  limits: {
    timeMs: 60_000,
    outputBytes: 1_000_000,
    memoryBytes: 4 * 1024 ** 3,
    diskBytes: 1e9,
    diskEntries: 1e5,
  },
  ...more,
});
const work = (name: string) => readFileSync(join(root, 'work', name), 'utf8');
const known = (): AcpSpec => ({
  ...specOf(),
  profile: 'kimi',
  model: 'm',
  endpoint: 'http://127.0.0.1:1/v1',
});

describe.each(kinds)('sandbox: %s', (sandbox) => {
  test('an agent edits by itself and through its runner, and its turn ends when it says so', async () => {
    const session = heard();
    const task = 'say hello\nedit own.txt\nwrite new/ours.txt\nread own.txt\nhome';
    const end = await engine.run(turnOf(task, { sandbox }), session, never);
    expect(end).toMatchObject({ is: 'ended', reason: 'done', exitCode: 0 });
    expect(work('own.txt')).toBe('by itself\n');
    expect(work('new/ours.txt')).toBe('through us\n');
    const own = statSync(join(root, 'work/own.txt'));
    for (const made of ['new', 'new/ours.txt'])
      expect(statSync(join(root, 'work', made))).toMatchObject({ uid: own.uid, gid: own.gid });
    expect(session.text()).toContain('hello\n');
    expect(session.text()).toContain('new/ours.txt (11 bytes)\n');
    expect(session.text()).toContain('answer {"content":"by itself\\n"}');
    expect(session.text()).toContain(`home ${root}/scratch/home ${task.length}\n`);
    expect(end.tail).toBe(session.text());
  });

  test('T149 its agent, and what it runs through its runner, give way to everything else', async () => {
    const session = heard();
    // Until that is so, or never
    const behind = 'until [ "$(nice)" -ge 10 ]; do :; done; echo behind';
    const spec = { ...known(), command: specOf().command ?? [] };
    await engine.run(turnOf(`run ${behind}\nterm ${behind}`, { sandbox, spec }), session, never);
    expect(session.text()).toContain('ran 0: behind\n');
    expect(session.text()).toMatch(/ended .*"exitCode":0.* behind\n/);
  });

  test('its directives are calls of tools, answered by the runner of its turn', async () => {
    const session = heard();
    const asked: string[] = [];
    session.directive = async (line) => {
      asked.push(line);
      return line.includes('helper')
        ? '{"ok":true,"summary":"made"}'
        : '{"ok":false,"error":{"code":"no_edge"}}';
    };
    const [given, other] = ['helper', 'other'].map((to) => ({ to, task: 'make it' }));
    const task = ['tools', ...[given, other].map((said) => `tool delegate ${JSON.stringify(said)}`)].join(
      '\n',
    );
    const end = await engine.run(turnOf(task, { sandbox }), session, never);
    expect(end).toMatchObject({ reason: 'done' });
    expect(asked.map((line) => JSON.parse(line))).toEqual([{ delegate: given }, { delegate: other }]);
    const [listed, ...answers] = session
      .text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line.slice(line.indexOf(' '))));
    expect(listed.tools.map(({ name }: { name: string }) => name)).toEqual(Object.keys(DIRECTIVES));
    expect(answers).toMatchObject([
      { isError: false, structuredContent: { summary: 'made' } },
      { isError: true, structuredContent: { error: { code: 'no_edge' } } },
    ]);
  });

  test('nothing of it outlives its turn', async () => {
    const mark = `86400.${Math.floor(Math.random() * 1e9)}`;
    await engine.run(turnOf(`daemon ${mark}`, { sandbox }), heard(), never);
    const processes = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' });
    expect(processes.split('\n').filter((line) => line.includes(mark) && !line.startsWith('Z'))).toEqual([]);
  });
});

describe('what is told', () => {
  test('is bounded: a flood ends the turn', async () => {
    const limits = { ...turnOf('').limits, outputBytes: 100_000 };
    const session = heard();
    const end = await engine.run(turnOf('flood', { limits }), session, never);
    expect(end.reason).toBe('output_limit');
    expect(session.text()).toHaveLength(100_000);
  });
});

describe.each(VERSIONS)('what is passed over, over version %d', (version) => {
  const agent = (manner?: string) => ({ spec: spoken(version, manner) });
  test('is all of another session, which is not that of the turn', async () => {
    const session = heard();
    const end = await engine.run(turnOf('elsewhere\nsay on', agent()), session, never);
    expect(end.reason).toBe('done');
    expect(session.text()).not.toContain('not heard');
    // Over the draft there are no files of its runner
    expect(session.text()).toContain(
      version === 1 ? 'that is not the session of this turn' : 'error {"method":"fs/read_text_file"}',
    );
    expect(session.text()).toContain('asked: other: refused, it asks for another session\n');
    expect(session.text()).toContain('on\n');
  });
  test('is an answer to what nobody asked, and a notice that nobody knows', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const session = heard();
    const lines = [
      '{"jsonrpc":"2.0","id":"x","result":{}}',
      '{"jsonrpc":"2.0","method":"session/update","params":7}',
    ];
    const task = [...lines.map((line) => `print ${line}`), 'say on'].join('\n');
    const end = await engine.run(turnOf(task, agent()), session, never);
    expect([end.reason, session.text(), printed.mock.calls]).toEqual(['done', 'on\n', []]);
    printed.mockRestore();
  });
  test('is half a character: it is told as one that is broken', async () => {
    const session = heard();
    const update = '{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"a\\ud83d"}}';
    const line = `{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"the-session","update":${update}}}`;
    await engine.run(turnOf(`print ${line}`, agent()), session, never);
    expect(session.text()).toBe('a\ufffd');
  });
});

describe('files through the runner', () => {
  const refusals = [
    ['read', '../secret/key', 'only files of the workspace'],
    ['write', '../secret/key', 'only files of the workspace'],
    ['read', '/etc/hostname', 'only files of the workspace'],
    ['read', 'out/key', 'a link'],
    ['write', 'out/key', 'a link'],
    ['read', 'link', 'a link'],
    ['write', 'link', 'a link'],
    ['read', 'none.txt', 'no such file'],
    ['read', 'pipe', 'it is no file'],
    ['write', 'pipe', 'it is no file'],
    ['read', 'binary', 'no text in UTF-8'],
    ['read', 'large', 'files of at most'],
  ] as const;
  test('are of its workspace: nothing else, over no link, and no device', async () => {
    writeFileSync(join(root, 'secret/key'), 'secret');
    symlinkSync(join(root, 'secret'), join(root, 'work/out'));
    symlinkSync(join(root, 'secret/key'), join(root, 'work/link'));
    execFileSync('mkfifo', [join(root, 'work/pipe')]);
    writeFileSync(join(root, 'work/binary'), Buffer.from([0xff, 0xfe]));
    writeFileSync(join(root, 'work/large'), Buffer.alloc(MAX_ACP.file + 1, 'x'));
    const session = heard();
    await engine.run(turnOf(refusals.map(([word, path]) => `${word} ${path}`).join('\n')), session, never);
    const answers = session.text().split('\n').slice(0, -1);
    expect(answers).toHaveLength(refusals.length);
    for (const [n, [, , words]] of refusals.entries()) expect(answers[n]).toContain(words);
    expect(readFileSync(join(root, 'secret/key'), 'utf8')).toBe('secret');
  });
});

describe.each(VERSIONS)('a request of the agent, over version %d', (version) => {
  const agent = (manner?: string) => ({ spec: spoken(version, manner) });
  const ask = async (task: string, permission = allowed) => {
    const session = heard(permission);
    const end = await engine.run(turnOf(task, agent()), session, never);
    return { end, text: session.text(), shown: session.shown };
  };
  test('that the policy lets through gets the one answer that allows once', async () => {
    const { end, text, shown } = await ask('ask once make all');
    expect(end.reason).toBe('done');
    const option = { id: 'once', kind: 'allow_once', name: 'once' };
    const described = { binding: 'described', command: null, words: 'make all', input: null };
    expect(shown).toEqual([{ operation: 'command.run', ...described, option, isThrough: false }]);
    expect(text).toContain('asked: make all: allowed once, test\n');
    expect(text).toContain('"optionId":"once"');
  });
  test('that gives its command has that bound, with all else that it gives, and runs it when it is let', async () => {
    const { text, shown } = await ask('run echo made > out.txt; cat out.txt');
    const command = 'echo made > out.txt; cat out.txt';
    // Over the draft it gives its directory, and says nothing of it
    const [words, rest] =
      version === 1
        ? ['Run a command\nto see', { description: 'runs it' }]
        : ['Run a command', { cwd: join(root, 'work') }];
    const input = JSON.stringify({ kind: 'execute', rawInput: rest });
    const declared = { binding: 'declared', command, words, input };
    expect(shown).toMatchObject([{ operation: 'command.run', ...declared }]);
    expect(text).toContain('asked: Run a command: allowed once, test\n');
    expect(text).toContain('ran 0: made\n');
    const refused = await ask('run touch never.txt', { decision: 'rejected', reason: 'no' });
    expect(refused.text).toContain('was told no\n');
    expect(existsSync(join(root, 'work/never.txt'))).toBe(false);
  });
  test('that the agent takes back is asked no more, and is no refusal', async () => {
    const session = heard();
    let taken = 0;
    session.ask = (_, signal) =>
      new Promise((resolve) => {
        const back = () => {
          taken += 1;
          resolve({ decision: 'rejected', reason: 'back' });
        };
        if (signal?.aborted) back();
        else signal?.addEventListener('abort', back);
      });
    const end = await engine.run(turnOf('retract a\nretract b\nretract c\nsay on', agent()), session, never);
    expect([end.reason, taken]).toEqual(['done', 3]);
    expect(session.text()).toBe('on\n');
  });
  test('is put to nobody where no answer could be given', async () => {
    const { shown } = await ask('ask twice a\nask always b');
    expect(shown).toEqual([]);
  });
  test('for a directive is let through: nobody is asked for what the graph decides', async () => {
    const rejected: Permission = { decision: 'rejected', reason: 'no' };
    const { text, shown } = await ask('own ask\nown rm', rejected);
    expect(text).toContain('__ask: allowed once, a directive\n');
    expect(text).toContain('"optionId":"once"');
    expect(shown.map(({ words }) => words)).toEqual([expect.stringContaining('__rm')]);
  });
  test('with several such answers, or none, is refused, and the agent goes on', async () => {
    const { end, text } = await ask('ask twice a\nask always b\nsay on');
    expect(end.reason).toBe('done');
    expect(text).toContain('asked: a: refused, it offers several allow_once\n');
    expect(text).toContain('"optionId":"no"');
    expect(text).toContain('asked: b: refused, it offers no allow_once\n');
    expect(text).toContain('"outcome":"cancelled"');
    expect(text).toContain('on\n');
  });
  test('that the policy refuses is refused; three in a row end the turn', async () => {
    const rejected: Permission = { decision: 'rejected', reason: 'no' };
    const { end } = await ask('ask once a\nask once b\nask once c\nsay on\nwait', rejected);
    expect(end).toMatchObject({ reason: 'failed' });
    expect(end.tail).toContain('stopped: 3 requests of the agent in a row were refused');
  });
  test('that has not the form of one is refused as well', async () => {
    const { end } = await ask('misask\nmisask\nmisask\nwait');
    expect(end).toMatchObject({ reason: 'failed' });
    expect(end.tail).toContain('stopped: 3 requests of the agent in a row were refused');
  });
  test('that is allowed begins the count again', async () => {
    const { end } = await ask('ask twice a\nask twice b\nask once c\nask twice d\nask twice e');
    expect(end.reason).toBe('done');
  });
});

describe.each(VERSIONS)('a turn fails with its reason, over version %d', (version) => {
  const agent = (manner?: string) => ({ spec: spoken(version, manner) });
  const cases: [what: string, task: string, words: string][] = [
    ['its agent dies', 'die 3', 'the agent ended before its turn did, with exit code 3\nout of luck'],
    ['it closes its output', 'close\nwait', 'the agent closed its output before its turn ended'],
    ['it changes its mode', 'mode default\nwait', 'the agent was stopped: it changed its mode to “default”'],
    ['its mode cannot be read', 'strange\nwait', 'it told of its mode in a form that cannot be read'],
    ['it prints what is no message', 'print hello\nwait', 'a line that is no message of its protocol'],
    ['a line has no end', 'line 1024', `a line of more than ${MAX_ACP.line} bytes`],
    [
      'a line has too many values',
      `print [${'1,'.repeat(MAX_ACP.members)}1]\nwait`,
      `a line of more than ${MAX_ACP.members} values`,
    ],
    ['its lines have no end', 'blanks 300\nwait', `more than ${MAX_ACP.all} bytes`],
    ['it asks for too much at once', 'crowd', `more than ${MAX_ACP.requests} things at once`],
    ['it asks twice by one id', 'same [7,7]', 'asked twice by one id'],
    ['it asks by a number and its words', 'same [7,"7"]', 'asked twice by one id'],
    ['it refuses the task', 'stop refusal', 'the agent refused the task'],
    ['it cancels by itself', 'stop cancelled', 'the agent cancelled the turn by itself'],
    ['its reason is not known', 'stop bored', 'for a reason that is not known here'],
  ];
  test.each(cases)('where %s', async (_, task, words) => {
    const end = await engine.run(turnOf(task, agent()), heard(), never);
    expect(end.reason).toBe('failed');
    expect(end.tail).toContain('\nstopped: ');
    expect(end.tail).toContain(words);
  });
  test.each(['mode default', 'strange', 'choose default', 'choose'])(
    'and tells of another mode or option than its session was pinned to: %s',
    async (deed) => {
      const session = heard();
      const manner = deed.startsWith('choose') ? 'optional' : '';
      const end = await engine.run(turnOf(`${deed}\nwait`, agent(manner)), session, never);
      expect(end).toMatchObject({ reason: 'failed', isModeChanged: true });
      expect(session.text()).toMatch(/^mode: it (?:changed its (?:mode|option)|told of its mode)/);
    },
  );
  test('without a word of its mode where it only failed', async () => {
    expect((await engine.run(turnOf('stop refusal', agent()), heard(), never)).isModeChanged).toBeUndefined();
  });
  test('where it complains without end', async () => {
    expect((await engine.run(turnOf('complain 300\nwait', agent()), heard(), never)).reason).toBe(
      'output_limit',
    );
  });
  test('where it sends its tools lines without end', async () => {
    const end = await engine.run(turnOf('pester', agent()), heard(), never);
    expect(end).toMatchObject({ reason: 'output_limit' });
    expect(end.tail).toContain(`stopped: the agent sent more than ${MAX_TOOLS.all} bytes to its tools`);
  });
  test('where it chose to, with a code as of a command', async () => {
    expect(await engine.run(turnOf('stop max_tokens', agent()), heard(), never)).toMatchObject({
      exitCode: 1,
    });
  });
  test('where it speaks another version', async () => {
    const end = await engine.run(turnOf('', { spec: specOf('7') }), heard(), never);
    expect(end.tail).toContain('the agent speaks version 7 of its protocol, not 1');
  });
  test('without the value of a secret, in what it complains of and in what it answers', async () => {
    const secrets = [{ name: 'luck', bytes: Buffer.from('out of luck') }];
    const died = await engine.run(turnOf('die 3', { secrets }), heard(), never);
    expect(died.tail).toContain('[secret luck]');
    expect(died.tail).not.toContain('out of luck');
    // So long that the first one would be cut in its middle
    const long = await engine.run(
      turnOf(`err out of luck${'x'.repeat(1980)}\ndie 3`, { secrets }),
      heard(),
      never,
    );
    expect(long.tail).toContain('xxx');
    expect(long.tail).not.toContain('of luck');
    const almost = await engine.run(turnOf('err out of\nstop max_tokens', { secrets }), heard(), never);
    expect(almost.tail).toMatch(/out of\n$/);
    const error = JSON.stringify({ jsonrpc: '2.0', id: 2, error: { code: 1, message: 'I am out of luck' } });
    const refused = await engine.run(turnOf(`print ${error}\nsilent`, { secrets }), heard(), never);
    expect(refused.tail).toContain('the agent did not do session/prompt: I am [secret luck]');
  });
  test('where it never answers', async () => {
    const spec = { ...spoken(version, 'mute'), timeouts: { start: '200ms' } };
    const end = await engine.run(turnOf('', { spec }), heard(), never);
    expect(end).toMatchObject({ reason: 'failed' });
    expect(end.tail).toContain('the agent does not answer (`timeouts.start`): 0.2 s');
  });
  test('where it falls silent', async () => {
    const spec = { ...spoken(version), timeouts: { silence: '200ms' } };
    const end = await engine.run(turnOf('say hm\nsilent', { spec }), heard(), never);
    expect(end.tail).toContain('the agent fell silent (`timeouts.silence`): 0.2 s');
  });
  test('where it falls silent, not where it waits for an answer', async () => {
    const watched = (['during', 'heard'] as const).map((what) => vi.spyOn(Silence.prototype, what));
    await engine.run(turnOf('tool ask {"question":"x"}\nask once make', agent()), heard(), never);
    // A word is each answer before the prompt, what it says of the tool and of its request, that, and its end; over the draft each of its states
    expect(watched.map(({ mock }) => mock.calls.length)).toEqual([2, version === 1 ? 6 : 9]);
    for (const one of watched) one.mockRestore();
  });
  test('where it is not there', async () => {
    const spec: AcpSpec = { ...spoken(version), command: ['no-such-agent'] };
    expect((await engine.run(turnOf('', { spec }), heard(), never)).reason).toBe('failed');
    expect(await engine.objection(spec)).toContain('"no-such-agent" not found');
  });
});

const PATIENT = { timeouts: { cancel: '1m' } };
describe.each(VERSIONS)('a turn that is cancelled, over version %d', (version) => {
  const cancelled = async (task: string, more: Partial<AcpSpec> = {}) => {
    const spec = { ...spoken(version), ...more };
    const stop = new AbortController();
    const session = heard();
    const { trace } = session;
    session.trace = (event) => {
      trace(event);
      if (session.text().includes('begun')) stop.abort();
    };
    const end = await engine.run(turnOf(task, { spec }), session, stop.signal);
    return { end, text: session.text() };
  };
  test('is told to its agent, which may end it by itself', async () => {
    const { end, text } = await cancelled('say begun\nwait', PATIENT);
    expect(end.reason).toBe('cancelled');
    expect(text).toContain('cancelled\n');
  });
  test('is waited for as long as its graph says, though it is not done at once', async () => {
    const { text } = await cancelled('say begun\ntidy 900', PATIENT);
    expect(text).toContain('tidied\n');
  });
  test('is over at once: nothing is let through or written any more', async () => {
    const { end, text } = await cancelled(
      'say begun\nlinger\nask once make\nwrite late.txt\ntool ask {"question":"x"}\nstop cancelled',
      PATIENT,
    );
    expect(end.reason).toBe('cancelled');
    expect(text).toContain('"outcome":"cancelled"');
    expect(text).toContain('the turn is over');
    expect(existsSync(join(root, 'work/late.txt'))).toBe(false);
    expect(text).toContain('"error":{"code":"cancelled","message":"the turn is over"}');
  });
  test('ends also where the agent reads nothing of what it is told', async () => {
    // More than a pipe holds, so that the word of the end waits behind it
    writeFileSync(join(root, 'work/large'), Buffer.alloc(MAX_ACP.file, 'x'));
    expect((await cancelled('deaf large')).end.reason).toBe('cancelled');
  });
  test('ends also where the agent does not listen', async () => {
    expect((await cancelled('say begun\nsilent')).end.reason).toBe('cancelled');
  });
});

describe('a turn that its agent ended', () => {
  type Message = { id: unknown; method?: string };
  /** Says all of it at once, to its prompt and to each answer. */
  const saying = (lines: (message: Message, cwd: string) => object[]): AcpSpec => {
    const script = `
      const put = (...all) => process.stdout.write(all.map((one) => JSON.stringify({ jsonrpc: '2.0', ...one }) + '\\n').join(''));
      require('node:readline').createInterface(process.stdin).on('line', (line) => {
        const { id, method } = JSON.parse(line);
        if (method === 'initialize') put({ id, result: { protocolVersion: 1 } });
        else if (method === 'session/new') put({ id, result: { sessionId: 's' } });
        else put(...(${lines})({ id, method }, process.cwd()));
      });`;
    return { ...specOf(), command: ['node', '-e', script] };
  };
  test('is over at once: nothing is let through or written after it', async () => {
    const spec = saying(({ id, method }, cwd) => {
      if (method !== 'session/prompt') return [];
      const toolCall = { toolCallId: 'c', title: 'make' };
      const options = [{ kind: 'allow_once', optionId: 'o', name: 'o' }];
      return [
        { id, result: { stopReason: 'end_turn' } },
        { id: 'b', method: 'fs/write_text_file', params: { sessionId: 's', path: `${cwd}/b`, content: '' } },
        { id: 'c', method: 'session/request_permission', params: { sessionId: 's', toolCall, options } },
      ];
    });
    const session = heard();
    const end = await engine.run(turnOf('x', { spec }), session, never);
    expect([end.reason, existsSync(join(root, 'work/b')), session.text()]).toEqual(['done', false, '']);
    expect(session.shown).toEqual([]);
  });
  test('by its own end is told as that, whatever could not be said to it any more', async () => {
    // What is answered at once finds nobody
    const spec = saying(({ method }, cwd) => {
      if (method !== 'session/prompt') return [];
      setImmediate(() => process.kill(process.pid, 'SIGKILL'));
      const params = { sessionId: 'other', path: `${cwd}/a` };
      return Array.from({ length: 25 }, (_, id) => ({ id, method: 'fs/read_text_file', params }));
    });
    const end = await engine.run(turnOf('x', { spec }), heard(), never);
    expect(end.tail).toBe('\nstopped: the agent ended before its turn did, by a signal\n');
  });
  test('leaves nothing under way', async () => {
    const spec = saying(({ id, method }, cwd) => {
      const write = (path: string) => ({
        ...{ id: path, method: 'fs/write_text_file' },
        params: { sessionId: 's', path: `${cwd}/${path}`, content: 'late' },
      });
      const late = Array.from({ length: 20 }, (_, n) => write(`d${n}/${'a/'.repeat(100)}f`));
      if (method === 'session/prompt') {
        process.env.PROMPT = JSON.stringify(id);
        return [write('first'), ...late];
      }
      return id === 'first'
        ? [{ id: JSON.parse(process.env.PROMPT ?? ''), result: { stopReason: 'end_turn' } }]
        : [];
    });
    const made = () => execFileSync('find', [join(root, 'work')], { encoding: 'utf8' }).split('\n').length;
    await engine.run(turnOf('x', { spec }), heard(), never);
    const left = made();
    expect(existsSync(join(root, 'work/first'))).toBe(true);
    // As long as they would take
    const others = { root: join(root, 'secret'), beforeStep: () => undefined };
    for (let n = 0; n < 20; n++)
      await writeWorkspaceText(others, join(others.root, `d${n}/${'a/'.repeat(100)}f`), '');
    expect(made()).toBe(left);
  });
});

describe('a known agent', () => {
  describe.each(kinds)('with a key, in the sandbox %s', (sandbox) => {
    const secrets = [{ name: 'model-key', bytes: Buffer.from('sk-"47\\11"\n') }];
    const keyed = (profile: 'kimi' | 'claude', file: string) =>
      turnOf(
        `env KIMI_MODEL_API_KEY ANTHROPIC_API_KEY ANTHROPIC_MODEL\ncopy ${root}/scratch/home/${file} ${root}/work/seen`,
        { sandbox, secrets, spec: { ...known(), profile, auth: 'secret:model-key' } },
      );
    test.each([
      ['kimi', '.kimi-code/config.toml', 'api_key = "sk-\\"47\\\\11\\""', 'undefined'],
      ['claude', '.claude/api-key', 'sk-"47\\11"', 'm'],
    ] as const)(
      '%s finds it in its own configuration, which is gone with the turn',
      async (profile, file, line, model) => {
        const session = heard();
        const end = await engine.run(keyed(profile, file), session, never);
        expect([end.reason, end.tail]).toEqual(['done', expect.any(String)]);
        expect(work('seen')).toContain(line);
        expect(session.text()).toContain(
          `KIMI_MODEL_API_KEY=undefined\nANTHROPIC_API_KEY=undefined\nANTHROPIC_MODEL=${model}\n`,
        );
        // What of the key no name of a directory can have: mkdtemp draws letters and digits.
        const found = spawnSync('grep', ['-rlE', '47\\\\{1,2}11', `${root}/scratch`], {
          encoding: 'utf8',
        });
        expect([found.stdout, found.status]).toEqual(['', 1]);
      },
    );
  });
  test.each([
    ['two lines', 'a\nb'],
    ['a control character', 'a\tb'],
    ['no text', '\xff'],
  ])('is not told a secret that is %s', async (_what, value) => {
    const secrets = [{ name: 'model-key', bytes: Buffer.from(value, 'latin1') }];
    const spec: AcpSpec = { ...known(), auth: 'secret:model-key' };
    await expect(engine.run(turnOf('say on', { spec, secrets }), heard(), never)).rejects.toThrow(
      'no text of one line',
    );
  });
  const mannered = async (manner: string) => {
    const spec = { ...known(), command: specOf('1', manner).command ?? [] };
    const session = heard();
    const { reason, tail } = await engine.run(turnOf('edit prompted\nsay on', { spec }), session, never);
    return { reason, tail, text: session.text() };
  };
  test.each([
    ['modeless', 'the agent cannot be used: it has no mode “default”'],
    ['stubborn', 'the agent cannot be used: it did not take the mode “default”'],
    ['fickle', 'the agent was stopped: it changed its mode to “auto”'],
    ['unable', 'the agent did not do session/new: Internal error: no login'],
  ])('that is not pinned to the mode in which it asks is not prompted: %s', async (manner, words) => {
    const { reason, tail, text } = await mannered(manner);
    expect([reason, text.replace(/^mode: .*\n/, '')]).toEqual(['failed', '']);
    expect(tail).toContain(`stopped: ${words}\n`);
    expect(existsSync(join(root, 'work/prompted'))).toBe(false);
  });
  test('T126 is told beside its session whose settings it reads', async () => {
    const session = heard();
    await engine.run(turnOf('meta', { spec: { ...known(), profile: 'claude' } }), session, never);
    expect(session.text()).toContain('{"claudeCode":{"options":{"settingSources":["user"]}}}\n');
    const other = heard();
    await engine.run(turnOf('meta', { spec: known(), scratch: join(root, 'two') }), other, never);
    expect(other.text()).toContain('undefined\n');
  });
  test.each([
    ['.opencode', true],
    ['.OpenCode', true],
    ['opencode.json', true],
    ['opencode.jsonc', true],
    ['opencode.md', false],
  ])('T126 is not started over what it would run of a repository: %s', async (name, isRefused) => {
    // A link, a directory, a file: by its name alone
    symlinkSync('nowhere', join(root, 'work', name));
    const spec = { ...known(), profile: 'opencode' } as const;
    const ended = engine.run(turnOf('mode default\nsay on', { spec }), heard(), never);
    if (!isRefused) return expect((await ended).tail).toContain('the agent cannot be used');
    await expect(ended).rejects.toThrow(`the agent was not started: the repository has "${name}"`);
    // No other agent minds
    const other = await engine.run(turnOf('edit own.txt', { spec: known() }), heard(), never);
    expect(other.reason).toBe('done');
  });
  test('that tells its mode as an option is pinned to that', async () => {
    expect(await mannered('optional')).toMatchObject({ reason: 'done', text: 'on\n' });
  });
  test('is looked for where it is, and by its own name', async () => {
    const { command: _, ...named } = known();
    expect(await engine.objection({ ...named, profile: 'qwen' })).toBe(
      'engine program "qwen" not found on this machine',
    );
    expect(await engine.objection(known())).toBeNull();
  });
  test('is pinned to the mode in which it asks, and told of its model', async () => {
    const session = heard();
    const end = await engine.run(turnOf('mode default\nsay on', { spec: known() }), session, never);
    expect(end.reason).toBe('done');
    expect(session.text()).toBe('on\n');
    const left = await engine.run(
      turnOf('mode auto\nwait', { spec: known(), scratch: join(root, 'two') }),
      heard(),
      never,
    );
    expect(left.tail).toContain('it changed its mode to “auto”');
  });
});
