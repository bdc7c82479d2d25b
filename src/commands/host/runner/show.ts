import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags, nameArg } from '../../../cli/kit/flags.ts';
import { pairs, probesText } from '../../../cli/kit/render.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { isolationText } from '../../../core/graph/isolation.ts';
import { memoryText } from '../../../core/graph/memory.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { RunnerView } from '../../../core/host-api/shapes.ts';
import { trustText } from '../../../core/host-api/trust-text.ts';

export default class HostRunnerShow extends BaseCommand<typeof HostRunnerShow> {
  static override summary = 'Show a runner and the words to compare before trusting it.';
  static override examples = ['<%= config.bin %> host runner show build-1'];
  static override args = { runner: nameArg({ description: 'name of the runner', required: true }) };
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostRunnerShow>, args: ArgsOf<typeof HostRunnerShow>): Promise<RunnerView> {
    return callHost(hostClient(this.home, flags), 'runners.show', {
      params: { name: args.runner },
    });
  }

  override render(one: RunnerView): string {
    const labels = Object.entries(one.labels).map(([key, value]) => `${key}=${value}`);
    return pairs([
      ['name', one.name],
      ['npub', one.npub],
      ['trust', trustText(one)],
      ['liveness', one.liveness],
      ['words', one.words],
      ['engines', one.engines.join(', ')],
      ['sandbox', one.sandbox.map(isolationText).join(', ')],
      ['probes', probesText(one.probes, true)],
      ['labels', labels.join(', ') || 'none'],
      ['capacity', one.capacity],
      ['memory', memoryText(one.memory)],
      ['secrets', one.secrets.join(', ') || 'none'],
    ]);
  }
}
