/**
 * Directives for an agent that knows tools alone: a server of the Model Context Protocol, which the agent starts. What it
 * starts only carries lines to a socket of its turn and back; they are read and answered here.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { hearTools, progressLine, type ToolCall, toolReply } from '../../../core/acp/tools.ts';
import { MAX_TOOLS } from '../../../core/bounds.ts';
import type { Turn } from '../../../ports/index.ts';
import { evalWord } from '../../system/self.ts';
import { heldPath } from '../../system/socket-path.ts';
import { answerLines } from '../line-answers.ts';
import { insideNode } from '../programs.ts';
import type { ToolCalls } from './tool-calls.ts';

const SOCKET = 'calls';
/** Words of a command, and no file of ours: nothing of this program has to be where the agent is. */
const CARRIER = `
process.chdir(process.argv[1]);
const socket = require('node:net').connect('${SOCKET}');
socket.on('error', () => process.exit(1)).on('close', () => process.exit());
process.stdin.pipe(socket).pipe(process.stdout);
`;
const PROGRESS_MS = 10_000;

/** How the agent starts it, as it is told when its session begins. */
export type ToolServer = { name: string; command: string; args: string[]; env: [] };
export type Tools = {
  server: ToolServer;
  /** Answers whoever connects, until they all send too much: `tooMuch` hears of it once. */
  serve(calls: ToolCalls, tooMuch: (words: string) => void): void;
  close(): void;
};

/** Makes the socket before the scratch directory is given to the engine’s account. */
export const openTools = async ({ scratch, sandbox }: Pick<Turn, 'scratch' | 'sandbox'>): Promise<Tools> => {
  const directory = join(scratch, 'tools');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const place = heldPath(join(directory, SOCKET));
  const sockets = new Set<Socket>();
  const server = createServer();
  server.maxConnections = MAX_TOOLS.connections;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  try {
    await once(server.listen(place.path), 'listening');
    await chmod(join(directory, SOCKET), 0o600);
  } catch (error) {
    place.close();
    throw error;
  }
  const end = () => {
    // Its name is taken away with it, below the directory that is still open
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  // Another each turn: a repository may bring servers of its own, and none that is called so
  const name = `entangle-${randomBytes(4).toString('hex')}`;
  const command = insideNode({ sandbox });
  const args = [evalWord(command), CARRIER, directory];
  return {
    server: { name, command, args, env: [] },
    serve(calls, tooMuch) {
      let all = 0;
      server.on('connection', (socket) => {
        carry(socket, calls);
        socket.on('data', (bytes) => {
          const before = all;
          all += bytes.length;
          if (all <= MAX_TOOLS.all) return;
          end();
          if (before <= MAX_TOOLS.all)
            tooMuch(`the agent sent more than ${MAX_TOOLS.all} bytes to its tools`);
        });
      });
    },
    close() {
      end();
      place.close();
    },
  };
};

/** Serves one that the agent started. */
const carry = (socket: Socket, calls: ToolCalls): void => {
  const leaving = new Map<ToolCall['id'], () => void>();
  const answerOf = async (call: ToolCall, tell: (text: string) => void): Promise<string | null> => {
    const { answer, leave } = calls.make(call.directive);
    if (calls.isRefusing) socket.destroy();
    leaving.set(call.id, leave);
    let told = 0;
    const { progress } = call;
    const timer =
      progress === null ? undefined : setInterval(() => tell(progressLine(progress, ++told)), PROGRESS_MS);
    const given = await answer;
    clearInterval(timer);
    leaving.delete(call.id);
    return given && toolReply(call.id, given);
  };
  answerLines(socket, socket, {
    lineBytes: MAX_TOOLS.line,
    refusal: (_, message) => JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message } }),
    answer: async (line, tell) => {
      const heard = hearTools(line);
      if (heard.is === 'call') return answerOf(heard, tell);
      if (heard.is === 'left') leaving.get(heard.id)?.();
      return heard.is === 'answered' ? heard.reply : null;
    },
  });
  socket.on('close', () => {
    for (const leave of leaving.values()) leave();
  });
};
