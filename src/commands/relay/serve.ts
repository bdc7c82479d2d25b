import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { relayFlags } from '../../cli/relay/flags.ts';
import { wireRelay } from '../../cli/wiring/relay-process.ts';
import { serveUntil, servingText } from '../../cli/wiring/serve-until.ts';

export default class RelayServe extends BaseCommand<typeof RelayServe> {
  static override summary = 'Run the embedded relay in the foreground.';
  static override examples = ['<%= config.bin %> relay serve --listen 0.0.0.0 --port 7777 --owner npub1…'];
  static override flags = relayFlags;

  async execute(flags: FlagsOf<typeof RelayServe>): Promise<undefined> {
    const signal = this.servingSignal;
    const owner = flags.owner === undefined ? {} : { owner: flags.owner };
    const url = flags.url === undefined ? {} : { url: flags.url };
    const serving = await wireRelay(this.home, { host: flags.listen, port: flags.port, ...owner, ...url });
    await serveUntil(serving, signal, (lines) =>
      this.emit({ serving: 'relay', url: serving.url, lines }, servingText),
    );
    return undefined;
  }
}
