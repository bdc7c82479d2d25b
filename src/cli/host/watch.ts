/** The Host as its operator watches it: on a screen, where a person is at one that is large enough. */

import { systemClock } from '../../adapters/system/clock.ts';
import type { Theme } from '../../core/command-words.ts';
import { watchHost } from '../../services/host/watch.ts';
import { themeOn } from '../kit/report.ts';
import type { HomePaths } from '../kit/settings.ts';
import { hasPerson, isDumb, isLargeEnough, type TerminalKind } from '../kit/terminal-kind.ts';
import { type HostFlags, hostClient, hostStream } from '../wiring/host-client.ts';

type Wanted = { 'no-input': boolean; plain: boolean; isJson: boolean };

/** Else lines are printed, as they come. */
export const isForScreen = (terminal: TerminalKind, { plain, isJson, ...wanted }: Wanted): boolean =>
  !plain &&
  !isJson &&
  hasPerson(terminal, wanted['no-input']) &&
  !isDumb(terminal) &&
  isLargeEnough(terminal);

/** True where Ctrl-C ended it. */
export const watchOnScreen = async (
  { home, host }: { home: HomePaths; host: HostFlags },
  signal: AbortSignal,
  theme: Theme,
): Promise<boolean> => {
  const { stdin, stdout } = process;
  const at = {
    clock: systemClock,
    client: hostClient(home, host),
    stream: hostStream(home, host),
  };
  const { showHost } = await import('../../tui/host/app.ts');
  return showHost({
    ...{ signal, stdin, stdout, theme: themeOn(stdout, theme) },
    now: () => systemClock.now(),
    watch: (over, tell) => watchHost(at, over, tell),
  });
};
