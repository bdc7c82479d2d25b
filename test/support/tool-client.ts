/** A client of the Model Context Protocol, as an agent is one: it starts the server that it was told of. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

type Server = { command: string; args: string[] };
export type ToolClient = {
  list(): Promise<unknown>;
  /** Its result, or the error. */
  call(name: string, said: unknown): Promise<unknown>;
};

export const connectTools = async ({ command, args }: Server): Promise<ToolClient> => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const asked = new Map<number, (answer: unknown) => void>();
  createInterface(child.stdout).on('line', (line) => {
    const { id, result, error } = JSON.parse(line);
    asked.get(id)?.(result ?? { error });
  });
  let ended: { exit: number | null } | null = null;
  child.on('exit', (exit) => {
    ended = { exit };
    for (const answered of asked.values()) answered(ended);
  });
  // One that ends while it is written to is told of by its end
  child.stdin.on('error', () => {});
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  let count = 0;
  const request = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve) => {
      if (ended) return resolve(ended);
      count += 1;
      asked.set(count, resolve);
      say({ id: count, method, params });
    });
  const clientInfo = { name: 'test', version: '1' };
  await request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  say({ method: 'notifications/initialized' });
  return {
    list: () => request('tools/list'),
    call: (name, said) => request('tools/call', { name, arguments: said }),
  };
};
