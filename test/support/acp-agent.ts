/** An agent over the Agent Client Protocol, made with its own library, that does as the lines of its prompt say. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import {
  type AgentContext,
  agent,
  ndJsonStream,
  RequestError,
  type RequestPermissionResponse,
  type StopReason,
} from '@agentclientprotocol/sdk';
import { editDeeds } from './acp-edits.ts';
import { terminalDeeds } from './acp-terminals.ts';
import { connectTools, type ToolClient } from './tool-client.ts';

const sessionId = 'the-session';
const forever = new Promise<never>(() => setInterval(() => undefined, 1000));
const modes = { currentModeId: 'auto', availableModes: ['auto', 'default'].map((id) => ({ id, name: id })) };
/** The same told as an option. */
const modeOption = (currentValue: string) => ({
  ...{ id: 'm', name: 'Mode', category: 'mode', type: 'select' as const, currentValue },
  options: modes.availableModes.map(({ id, name }) => ({ value: id, name })),
});
const option = (kind: 'allow_once' | 'allow_always' | 'reject_once', optionId: string) => ({
  ...{ kind, optionId, name: optionId },
});
/** Of no kind that the protocol has. */
const oddOption = { ...option('allow_once', 'odd'), kind: 'allow_for_ever' as 'allow_once' };
const OFFERS = {
  once: [option('allow_always', 'always'), option('allow_once', 'once'), option('reject_once', 'no')],
  twice: [option('allow_once', 'once'), option('allow_once', 'and-switch'), option('reject_once', 'no')],
  always: [option('allow_always', 'always')],
  odd: [oddOption],
};
let cwd = '';
let meta: unknown;
let servers: ({ name: string } & Parameters<typeof connectTools>[0])[] = [];
let tools: ToolClient | undefined;
let told = '';
let wasCancelled = false;
let isCancelled: () => void = () => {
  wasCancelled = true;
};

const cancelling = (): Promise<void> =>
  new Promise((resolve) => {
    isCancelled = resolve;
    if (wasCancelled) resolve();
  });

/** What its session was told so far, in all turns: a line of JSON each. */
const memory = join(process.env.HOME ?? '', 'session.jsonl');
const remembered = (): string[] =>
  existsSync(memory)
    ? readFileSync(memory, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

type Deed = (client: AgentContext, rest: string) => Promise<unknown>;
const say = (client: AgentContext, text: string): Promise<void> =>
  client.notify('session/update', {
    sessionId,
    update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } },
  });
const update = (client: AgentContext, told: object): Promise<void> =>
  client.notify('session/update', { sessionId, update: told } as never);
const failing = async (client: AgentContext, done: Promise<unknown>): Promise<void> =>
  done.then(
    (answer) => say(client, `answer ${JSON.stringify(answer)}\n`),
    (error) => say(client, `error ${JSON.stringify(error.data ?? error.message)}\n`),
  );

/** So many MiB, in one line or each in its own. */
const pour = async (stream: NodeJS.WriteStream, count: number, end = 'x'): Promise<void> => {
  const part = Buffer.from(`${' '.repeat(1024 * 1024 - 1)}${end}`);
  for (let n = 0; n < count; n++)
    if (!stream.write(part)) await new Promise((resolve) => stream.once('drain', resolve));
};

const saying =
  (deed: (client: AgentContext, rest: string) => Promise<string>): Deed =>
  async (client, rest) =>
    say(client, await deed(client, rest));
const place = (path: string): string => (path.startsWith('/') ? path : `${cwd}/${path}`);
const seams = Object.entries({ ...editDeeds({ sessionId, place }), ...terminalDeeds(sessionId) });
const DEEDS: Readonly<Record<string, Deed>> = {
  ...Object.fromEntries(seams.map(([word, deed]) => [word, saying(deed)])),
  say: (client, words) => say(client, `${words}\n`),
  think: (client, text) =>
    update(client, { sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text } }),
  call: async (client, title) => {
    const call = { toolCallId: 'c1', kind: 'edit' };
    await update(client, { ...call, sessionUpdate: 'tool_call', title, status: 'pending' });
    await update(client, { ...call, sessionUpdate: 'tool_call_update', status: 'completed' });
  },
  plan: (client, content) =>
    update(client, { sessionUpdate: 'plan', entries: [{ content, priority: 'low', status: 'pending' }] }),
  /** `MEMBERS`, as JSON, of an update. */
  usage: (client, members) =>
    update(client, {
      ...{ sessionUpdate: 'usage_update', used: 12, size: 100 },
      ...JSON.parse(members === '' ? '{}' : members),
    }),
  recall: (client) => say(client, `recalls ${JSON.stringify(remembered())}\n`),
  keep: async (_, size) =>
    writeFileSync(join(process.env.HOME ?? '', 'kept'), Buffer.alloc(Number(size), 'x')),
  meta: (client) => say(client, `${JSON.stringify(meta)}\n`),
  home: (client) =>
    say(client, `home ${process.env.HOME} ${readFileSync(process.env.ENTANGLE_TASK_FILE ?? '').length}\n`),
  copy: (client, paths) => {
    const [from = '', to = ''] = paths.split(' ');
    copyFileSync(from, to);
    return say(client, 'copied\n');
  },
  env: (client, names) =>
    say(
      client,
      `${names
        .split(' ')
        .map((name) => `${name}=${process.env[name]}`)
        .join('\n')}\n`,
    ),
  /** `OFFER COMMAND`: runs it if it is given an answer at all that is no rejection. */
  obey: async (client, words) => {
    const [offer = 'once', ...rest] = words.split(' ');
    const toolCall = {
      toolCallId: 'c8',
      kind: 'execute' as const,
      title: 'Run',
      rawInput: { command: rest.join(' ') },
    };
    const asked = { sessionId, toolCall, options: OFFERS[offer as keyof typeof OFFERS] };
    const { outcome } = await client.request<RequestPermissionResponse>('session/request_permission', asked);
    if (outcome.outcome === 'selected' && outcome.optionId !== 'no')
      spawnSync('/bin/sh', ['-c', rest.join(' ')], { cwd });
    await say(client, `obeyed ${outcome.outcome}\n`);
  },
  // Nobody waits for the answer
  pending: async (client, title) => {
    const asked = { sessionId, toolCall: { toolCallId: 'c9', title }, options: OFFERS.once };
    void client.request('session/request_permission', asked).catch(() => undefined);
    await say(client, 'pending\n');
  },
  // As one that a sub-agent has of its own: what that asks for is not of the session of the turn
  sub: async (client, path) => {
    const sub = { sessionId: 'sub' };
    const toolCall = { toolCallId: 's1', kind: 'edit' as const, title: `Write ${path}` };
    await failing(
      client,
      client.request('session/request_permission', { ...sub, toolCall, options: OFFERS.once }),
    );
    await failing(
      client,
      client.request('fs/write_text_file', { ...sub, path: place(path), content: 'sub' }),
    );
    await failing(
      client,
      client.request('terminal/create', { ...sub, command: 'touch', args: [place(path)] }),
    );
  },
  // Of another session than that of the turn
  elsewhere: async (client) => {
    const other = { sessionId: 'another' };
    const content = { type: 'text' as const, text: 'not heard\n' };
    await client.notify('session/update', {
      ...other,
      update: { sessionUpdate: 'agent_message_chunk', content },
    });
    await failing(client, client.request('fs/read_text_file', { ...other, path: place('agent.mjs') }));
    const asked = { ...other, toolCall: { toolCallId: 'c4', title: 'other' }, options: OFFERS.once };
    await failing(client, client.request('session/request_permission', asked));
  },
  complain: async (_, count) => pour(process.stderr, Number(count)),
  err: async (_, text) => void process.stderr.write(text),
  edit: async (_, name) => writeFileSync(join(cwd, name), 'by itself\n'),
  read: (client, path) =>
    failing(client, client.request('fs/read_text_file', { sessionId, path: place(path) })),
  write: (client, path) =>
    failing(
      client,
      client.request('fs/write_text_file', { sessionId, path: place(path), content: 'through us\n' }),
    ),
  ask: async (client, words) => {
    const [offer = 'once', ...title] = words.split(' ');
    const options = OFFERS[offer as keyof typeof OFFERS];
    const toolCall = { toolCallId: 'c2', title: title.join(' ') };
    await failing(client, client.request('session/request_permission', { sessionId, toolCall, options }));
  },
  misask: async (client) => {
    const options = [option('allow_once', 'x'.repeat(300))];
    const asked = { sessionId, toolCall: { toolCallId: 'c7', title: 'long' }, options };
    await failing(client, client.request('session/request_permission', asked));
  },
  // As agents do that give their command: by itself, when it is let
  run: async (client, command) => {
    const toolCall = {
      ...{ toolCallId: 'c5', kind: 'execute' as const, title: 'Run a command' },
      rawInput: { command, description: 'runs it' },
      content: [{ type: 'content' as const, content: { type: 'text' as const, text: 'to see' } }],
    };
    const asked = { sessionId, toolCall, options: OFFERS.once };
    const { outcome } = await client.request<RequestPermissionResponse>('session/request_permission', asked);
    if (outcome.outcome !== 'selected' || outcome.optionId !== 'once') return say(client, 'was told no\n');
    const { status, stdout } = spawnSync('/bin/sh', ['-c', command], { cwd, encoding: 'utf8' });
    return say(client, `ran ${status}: ${stdout}`);
  },
  // Its library does not say by which id it asks: what comes back to these is nobody's
  retract: async (client, title) => {
    const toolCall = { toolCallId: 'c7', title };
    // In both versions of it
    const params = {
      sessionId,
      title,
      toolCall,
      subject: { type: 'tool_call', toolCall },
      options: OFFERS.once,
    };
    const id = `own ${title}`;
    const asked = { jsonrpc: '2.0', id, method: 'session/request_permission', params };
    const back = { jsonrpc: '2.0', method: '$/cancel_request', params: { requestId: id } };
    const print = (one: object) =>
      process.stdout.write(`${JSON.stringify(one)}
`);
    print(asked);
    // Once it was read
    await client.request('own/nothing', {}).catch(() => undefined);
    print(back);
  },
  mode: (client, currentModeId) => update(client, { sessionUpdate: 'current_mode_update', currentModeId }),
  /** Nothing that it offers, where it does not say which. */
  choose: (client, value) =>
    update(client, {
      sessionUpdate: 'config_option_update',
      configOptions: value === '' ? { length: {} } : [modeOption(value)],
    }),
  strange: (client) =>
    update(client, { sessionUpdate: 'current_mode_update', currentModeId: { length: {} } }),
  flood: async (client) => {
    for (;;) await say(client, 'x'.repeat(4096));
  },
  silent: () => forever,
  // Asks for a file of more than a pipe holds, and reads nothing any more
  deaf: async (client, path) => {
    void client.request('fs/read_text_file', { sessionId, path: place(path) });
    await once(process.stdin, 'data');
    process.stdin.pause();
    process.stdin.resume = () => process.stdin;
    await say(client, 'begun\n');
    await forever;
  },
  /** `NAME ARGUMENTS`: the answer of a tool of the first server that it was told of. */
  tool: async (client, words) => {
    tools ??= await connectTools(servers[0]!);
    const [name = '', ...rest] = words.split(' ');
    told = JSON.stringify(await tools.call(name, JSON.parse(rest.join(' '))));
    await say(client, `tool ${told}\n`);
  },
  /** `PATH`: makes a file of what the last tool answered. */
  learn: (client, path) => DEEDS.make!(client, `${path} ${told}`),
  // As agents do that ask before they call any tool
  own: async (client, word) => {
    const toolCall = { toolCallId: 'c6', title: `mcp__${servers[0]?.name}__${word}` };
    const asked = { sessionId, toolCall, options: OFFERS.once };
    await failing(client, client.request('session/request_permission', asked));
  },
  // What it starts for its tools gets line after line, and is not heard
  pester: async () => {
    const { command, args } = servers[0]!;
    const { stdin } = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    stdin.on('error', () => undefined);
    const lines = '{"jsonrpc":"2.0","method":"x"}\n'.repeat(2000);
    while (stdin.writable) if (!stdin.write(lines)) await once(stdin, 'drain').catch(() => undefined);
    await forever;
  },
  tools: async (client) => {
    tools ??= await connectTools(servers[0]!);
    await say(client, `tools ${JSON.stringify(await tools.list())}\n`);
  },
  // In the background, to be seen whether it outlives the turn
  daemon: async (_, mark) => void spawn('sleep', [mark], { detached: true, stdio: 'ignore' }).unref(),
  die: async (_, code) => {
    process.stderr.write('out of luck\n');
    process.exit(Number(code));
  },
  close: async () => {
    closeSync(1);
    await forever;
  },
  /** `IDS`: a request for each, written at once. */
  same: async (_, ids) => {
    const lines = (JSON.parse(ids) as unknown[]).map((id) =>
      JSON.stringify({ jsonrpc: '2.0', id, method: 'fs/read_text_file', params: { sessionId } }),
    );
    process.stdout.write(`${lines.join('\n')}\n`);
    await forever;
  },
  print: async (_, text) => void process.stdout.write(`${text}\n`),
  line: async (_, count) => pour(process.stdout, Number(count)),
  blanks: async (_, count) => pour(process.stdout, Number(count), '\n'),
  crowd: async (client) => {
    const options = OFFERS.once;
    const toolCall = { toolCallId: 'c3', title: 'many' };
    // Written at once, and none of the answers read
    process.stdin.pause();
    for (let n = 0; n < 500; n++)
      void client
        .request('session/request_permission', { sessionId, toolCall, options })
        .catch(() => undefined);
    await forever;
  },
  // Goes on after it was told to end
  linger: () => cancelling(),
  wait: async (client) => {
    await cancelling();
    await say(client, 'cancelled\n');
    return 'cancelled';
  },
  // Has something to put away first
  tidy: async (client, ms) => {
    await cancelling();
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    await say(client, 'tidied\n');
    return 'cancelled';
  },
  stop: async (_, reason) => reason as StopReason,
};

const [version = '1', manner] = process.argv.slice(2);
const ABILITIES: Readonly<Record<string, object>> = {
  resume: { sessionCapabilities: { resume: {} } },
  load: { loadSession: true },
  // It says so, and does not
  forgetful: { loadSession: true, sessionCapabilities: { resume: {} } },
};
const knows = (asked: string): boolean => manner !== 'forgetful' && asked === sessionId && existsSync(memory);
const begin = (params: { cwd: string; mcpServers?: unknown; _meta?: unknown }) => {
  cwd = params.cwd;
  meta = params._meta;
  servers = params.mcpServers as typeof servers;
};
const goingOn = (params: { cwd: string; mcpServers?: unknown; sessionId: string }) => {
  if (!knows(params.sessionId)) throw new RequestError(-32002, 'no such session');
  begin(params);
  return { modes };
};
/** The reason of the end. Of a task of which changes were wanted, those are what is left to do. */
const perform = async (text: string, client: AgentContext): Promise<StopReason> => {
  appendFileSync(memory, `${JSON.stringify(text)}\n`);
  for (const line of text
    .split('\n# changes wanted by ')
    .at(-1)!
    .split('\n')
    .filter((one) => one !== '' && !one.startsWith('#'))) {
    const [word = '', ...rest] = line.split(' ');
    const stopReason = await DEEDS[word]?.(client, rest.join(' '));
    if (typeof stopReason === 'string') return stopReason as StopReason;
  }
  return 'end_turn';
};
const serve = (): void => {
  agent({ name: 'test' })
    .onRequest('initialize', async () =>
      manner === 'mute'
        ? forever
        : { protocolVersion: Number(version), agentCapabilities: ABILITIES[manner ?? ''] ?? {} },
    )
    .onRequest('session/new', ({ params }) => {
      begin(params);
      if (manner === 'unable') throw new RequestError(-32603, 'Internal error', { details: 'no\nlogin' });
      if (manner === 'optional' || manner === 'stubborn')
        return { sessionId, configOptions: [modeOption('auto')] };
      return { sessionId, ...(manner !== 'modeless' && { modes }) };
    })
    .onRequest('session/resume', ({ params }) => goingOn(params))
    .onRequest('session/load', async ({ params, client }) => {
      const answer = goingOn(params);
      for (const told of remembered()) await say(client, `told again ${told}\n`);
      return answer;
    })
    .onRequest('session/set_mode', async ({ params, client }) => {
      const currentModeId = manner === 'fickle' ? 'auto' : params.modeId;
      await update(client, { sessionUpdate: 'current_mode_update', currentModeId });
      return {};
    })
    .onRequest('session/set_config_option', ({ params }) => ({
      configOptions: [modeOption(manner === 'stubborn' ? 'auto' : String(params.value))],
    }))
    .onRequest('session/prompt', async ({ params, client }) => {
      const text = params.prompt.map((block) => (block.type === 'text' ? block.text : '')).join('');
      return { stopReason: await perform(text, client) };
    })
    .onNotification('session/cancel', () => isCancelled())
    .connect(
      ndJsonStream(
        Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
        Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
      ),
    );
};
if (version === '2') {
  const { serveDraft } = await import('./acp-draft-agent.ts');
  serveDraft({
    ...{ sessionId, manner: manner ?? '', begin, knows, modeOption, cancel: () => isCancelled() },
    perform: (text, client) => perform(text, client as AgentContext),
  });
} else serve();
