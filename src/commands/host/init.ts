import { hostInitFlags, type MadeHost, makeHost } from '../../cli/host/init.ts';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { pairs } from '../../cli/kit/render.ts';

export default class HostInit extends BaseCommand<typeof HostInit> {
  static override summary = 'Create a Host: its key, an offline recovery key and the first operator token.';
  static override examples = [
    '<%= config.bin %> host init --graph acme --relay wss://relay.example.org --keys file',
  ];
  static override flags = hostInitFlags;

  async execute(flags: FlagsOf<typeof HostInit>): Promise<MadeHost> {
    const made = await makeHost(this.home, flags);
    return { ...made, next: made.next.map((line) => this.again(line)) };
  }

  override render(made: MadeHost): string {
    const move = 'Move the recovery key to a place away from this machine.';
    return `${pairs([
      ['host', made.host],
      ['graph', made.graph],
      ['token', made.tokenFile],
      ['recovery', made.recoveryFile],
    ])}\n${move}\nNext:\n${made.next.map((line) => `  ${line}`).join('\n')}`;
  }
}
