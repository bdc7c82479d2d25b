import { followTraceOf } from '../../cli/host/follow.ts';
import { entryText } from '../../cli/host/trace-text.ts';
import { isForScreen, watchOnScreen } from '../../cli/host/watch.ts';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags, plainLines, theme } from '../../cli/kit/flags.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { EXIT } from '../../core/errors.ts';
import type { OutputOf } from '../../core/host-api/table.ts';

export default class HostWatch extends BaseCommand<typeof HostWatch> {
  static override summary = 'Watch runners, assignments, sessions, the trace and rejects, until interrupted.';
  static override description =
    'In a terminal of 80 columns and 20 rows or more this is a full screen: ? shows its keys, none of which changes anything. Elsewhere, and with --plain, it is `host trace --follow`; with --json each row is one value. A token of the role `viewer` is enough.';
  static override examples = ['<%= config.bin %> host watch'];
  static override flags = { plain: plainLines, theme, ...hostFlags };

  async execute(flags: FlagsOf<typeof HostWatch>): Promise<void> {
    const at = { home: this.home, host: flags };
    const signal = this.servingSignal;
    if (isForScreen(process, { ...flags, isJson: this.json })) {
      if (await watchOnScreen(at, signal, flags.theme)) this.exitCode = EXIT.interrupted;
      return;
    }
    const text = (entry: OutputOf<'trace.follow'>): string =>
      entryText(entry, (...of) => this.paint(...of, flags.theme), screenWidth(process.stdout));
    return followTraceOf(at, {}, signal, {
      progress: (words) => this.progress(words),
      tell: (entry) => this.emit(entry, text),
    });
  }
}
