/** The processes of a local federation: those of this executable, which end when we do. */
import { createOwnProcesses, type OwnProcessOptions } from '../adapters/system/own-processes.ts';
import { selfCommand } from '../adapters/system/self.ts';
import { STOP_WITH } from '../cli/kit/interrupt.ts';
import type { Processes } from '../ports/index.ts';

export const processesOf = (
  home: string,
  signal: AbortSignal,
  onLog: OwnProcessOptions['onLog'] = () => {},
): Processes => createOwnProcesses({ home, self: selfCommand(), stopVariable: STOP_WITH, onLog, signal });
