import { hostServeFlags, tcpListening } from '../../cli/host/serve-flags.ts';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { stderrLog } from '../../cli/kit/logging.ts';
import { wireHost } from '../../cli/wiring/host-process.ts';
import { serveUntil, servingText } from '../../cli/wiring/serve-until.ts';

export default class HostServe extends BaseCommand<typeof HostServe> {
  static override summary = 'Run the Host in the foreground.';
  static override examples = [
    '<%= config.bin %> host serve',
    '<%= config.bin %> host serve --listen 0.0.0.0:8443 --tls-cert host.pem --tls-key host.key',
    {
      description: 'go on after a restore or a move, when no other Host with its key may',
      command: '<%= config.bin %> host serve --take-over',
    },
  ];
  static override flags = hostServeFlags;

  async execute(flags: FlagsOf<typeof HostServe>): Promise<undefined> {
    const signal = this.servingSignal;
    const log = stderrLog(flags);
    const options = {
      ...{ log, tell: log },
      passphraseFile: flags['passphrase-file'],
      input: !flags['no-input'],
      tcp: await tcpListening(flags),
      takeOver: flags['take-over'],
    };
    const serving = await wireHost(this.home, options);
    await serveUntil(serving, signal, (lines) => this.emit({ serving: 'host', lines }, servingText));
    return undefined;
  }
}
