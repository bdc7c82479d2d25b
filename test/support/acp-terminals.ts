/** What the agent of the tests runs through its runner: `declare` asks about a command, the others use terminals. */
import type { AgentContext, RequestPermissionResponse } from '@agentclientprotocol/sdk';

type Deed = (client: AgentContext, rest: string) => Promise<string>;
type Word = 'declare' | 'give' | 'term' | 'argv' | 'begin' | 'together' | 'kill' | 'release';

export const terminalDeeds = (sessionId: string): Readonly<Record<Word, Deed>> => {
  let last = '';
  let begun = '';
  const refusal = (error: { data?: unknown; message: string }): string =>
    `not run ${JSON.stringify(error.data ?? error.message)}\n`;
  const of = (terminalId = last) => ({ sessionId, terminalId });
  const create = async (client: AgentContext, asked: object): Promise<void> => {
    const made = { sessionId, command: '/bin/sh', ...asked };
    last = (await client.request<{ terminalId: string }>('terminal/create', made)).terminalId;
  };
  const ended = async (client: AgentContext, id = last): Promise<string> => {
    const exit = await client.request<object>('terminal/wait_for_exit', of(id));
    const { output, truncated } = await client.request<{ output: string; truncated: boolean }>(
      'terminal/output',
      of(id),
    );
    const told = output.length > 200 ? `${output.length} characters` : output.trimEnd();
    return `ended ${JSON.stringify(exit)} ${truncated ? 'cut ' : ''}${told}\n`;
  };
  const whole: Deed = (client, rest) =>
    create(client, JSON.parse(rest) as object).then(async () => {
      const told = await ended(client);
      await client.request('terminal/release', of());
      return told;
    }, refusal);
  const give = async (client: AgentContext, rawInput: object): Promise<string> => {
    const options = [{ kind: 'allow_once' as const, optionId: 'once', name: 'once' }];
    const toolCall = { toolCallId: 't', kind: 'execute' as const, title: 'Run', rawInput };
    const asked = { sessionId, toolCall, options };
    const { outcome } = await client.request<RequestPermissionResponse>('session/request_permission', asked);
    return `declared ${outcome.outcome}\n`;
  };
  return {
    declare: (client, command) => give(client, { command }),
    /** All that it gives, as JSON. */
    give: (client, rawInput) => give(client, JSON.parse(rawInput)),
    /** A text for a shell. */
    term: (client, text) => whole(client, JSON.stringify({ args: ['-c', text] })),
    /** Members of the request, as JSON. */
    argv: whole,
    begin: (client, text) =>
      create(client, { args: ['-c', text] }).then(() => {
        begun = last;
        return 'begun\n';
      }, refusal),
    /** `COUNT TEXT`: so many are asked for before one is answered. */
    async together(client, rest) {
      const [count = '', ...text] = rest.split(' ');
      const one = () => create(client, { args: ['-c', text.join(' ')] }).then(() => 'begun\n', refusal);
      return (await Promise.all(Array.from({ length: Number(count) }, one))).join('');
    },
    async kill(client) {
      await client.request('terminal/kill', of(begun));
      return ended(client, begun);
    },
    async release(client) {
      await client.request('terminal/release', of(begun));
      return client.request('terminal/output', of(begun)).then(() => 'still there\n', refusal);
    },
  };
};
