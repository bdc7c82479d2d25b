import { BaseCommand, type FlagsOf } from '../../cli/base-command.ts';
import { tokenFile } from '../../cli/flags.ts';
import { table } from '../../cli/render.ts';
import { operatorApi } from '../../cli/serve.ts';

type Rejects = {
  items: { reason: string; signer: string | null; count: number; first: string; last: string }[];
};

export default class HostRejects extends BaseCommand<typeof HostRejects> {
  static override summary = 'What the Host refused: reason, signer where proven, how often.';
  static override flags = { 'token-file': tokenFile };

  execute(flags: FlagsOf<typeof HostRejects>): Promise<Rejects> {
    return operatorApi(this.home, flags['token-file'])('GET', '/v1/rejects');
  }

  override render({ items }: Rejects): string {
    if (items.length === 0) return 'nothing was refused';
    return table(
      ['reason', 'count', 'last', 'signer'],
      items.map((one) => [one.reason, one.count, one.last, one.signer]),
    );
  }
}
