/** `up` in a terminal: the screen of its person's node, over the processes that it started. */

import { discardTyped } from '../adapters/system/prompt.ts';
import { withoutInterrupts } from '../cli/kit/interrupt.ts';
import { OWN_NAME } from '../cli/kit/repository-home.ts';
import { EntangleError, EXIT } from '../core/errors.ts';
import type { Processes, ServingProcess } from '../ports/index.ts';
import type { ProcessLogs } from './process-logs.ts';
import { endedBy, firstEnd, type UpEnd } from './up-end.ts';
import type { UpReady } from './up-ready.ts';
import { upNotes } from './up-text.ts';

type Shown = {
  processes: Processes;
  servers: readonly ServingProcess[];
  logs: ProcessLogs;
  ready: UpReady;
  /** Flags of `user watch`. */
  screenArgs: readonly string[];
  signal: AbortSignal;
  say(text: string): void;
};

/** So long a hand takes to see that what it types for is gone. */
const NOTICED_MS = 1_500;
/** The rest of a line that was typed for the screen is no command of the shell behind it. */
const dropTyped = async (input: NodeJS.ReadStream): Promise<void> => {
  await discardTyped(input, NOTICED_MS).catch(() => undefined);
  input.setRawMode(false);
};

/** The person's key is in a process of its own here too: that of `user watch`, which has the terminal while it runs. */
export const showUp = async (shown: Shown): Promise<UpEnd> => {
  const { processes, servers, logs, ready, screenArgs, signal, say } = shown;
  for (const { name, pid } of servers) logs.add(name, `runs as process ${pid}`);
  const over = new AbortController();
  const left = new AbortController();
  const notes = upNotes(ready, logs.directory).flatMap((note) => ['--note', note]);
  const args = ['user', 'watch', '--user', OWN_NAME, ...screenArgs, ...notes];
  // A Ctrl-C on the screen is a key; one in a pager that it started is the pager's
  const watching = withoutInterrupts(() => processes.show(args, over.signal)).finally(() => left.abort());
  const end = await firstEnd(servers, AbortSignal.any([signal, left.signal]));
  over.abort();
  const code = await watching;
  const isInterrupted = code === EXIT.interrupted;
  if (!end && (signal.aborted || code === 0 || isInterrupted)) return { isInterrupted };
  // Before it is said: what is typed from then on is not echoed either
  const dropped = dropTyped(process.stdin);
  say(`the ${end ? end.server.name : 'screen'} process ended: what is typed now goes nowhere`);
  await dropped;
  if (end) throw endedBy(end, logs.fileOf(end.server.name));
  throw new EntangleError('unavailable', `the screen ended with exit code ${code}`, {
    hint: 'run `entangle up` again, or `entangle up --no-watch` for lines',
  });
};
