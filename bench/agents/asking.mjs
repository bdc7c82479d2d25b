// An agent that asks for a command every half second, says in it when, and waits for no answer; all that it needs of the protocol.
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const tell = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const OPTIONS = [{ kind: 'allow_once', optionId: 'once', name: 'once' }];

async function ask(count) {
  for (let n = 0; n < count; n++) {
    await delay(500);
    const toolCall = {
      toolCallId: `c${n}`,
      kind: 'execute',
      title: 'Run it',
      rawInput: { command: `true ${Date.now()}` },
    };
    tell({
      id: n,
      method: 'session/request_permission',
      params: { sessionId: 's', toolCall, options: OPTIONS },
    });
  }
}

const ANSWERS = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: {} }),
  'session/new': () => ({ sessionId: 's' }),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'session/prompt') void ask(Number(params.prompt[0].text.trim()));
  else if (id !== undefined && method in ANSWERS) tell({ id, result: ANSWERS[method]() });
});
