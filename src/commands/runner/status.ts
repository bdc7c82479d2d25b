import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { passphraseFile, runnerName } from '../../cli/kit/flags.ts';
import { checkedText, pairs, probesText, relayText } from '../../cli/kit/render.ts';
import { diskText } from '../../cli/runner/disk.ts';
import { processorWords } from '../../cli/runner/processors.ts';
import { readRunnerStatus, type RunnerStatus as Status, workRows } from '../../cli/runner/status.ts';
import { usageSumText } from '../../core/acp/usage.ts';
import { isolationText } from '../../core/graph/isolation.ts';
import { memoryText } from '../../core/graph/memory.ts';

export default class RunnerStatus extends BaseCommand<typeof RunnerStatus> {
  static override summary = 'Show the status of this runner; works while it is stopped, too.';
  static override flags = { runner: runnerName, 'passphrase-file': passphraseFile };

  execute(flags: FlagsOf<typeof RunnerStatus>): Promise<Status> {
    const { 'passphrase-file': passphraseFile, 'no-input': isAlone } = flags;
    return readRunnerStatus(this.home, flags.runner, { passphraseFile, input: !isAlone });
  }

  override render(value: Status): string {
    return pairs([
      ['name', value.name],
      ['npub', value.npub],
      ['trust', value.trust],
      ['words', value.words],
      ['sandbox', value.sandbox.map(isolationText).join(', ')],
      ['memory', memoryText(value.memory)],
      ['cpu', processorWords()],
      ['probes', probesText(value.probes, true, value.void)],
      ...workRows(value),
      ['disk', diskText(value.disk)],
      ['usage', usageSumText(value.usage)],
      ['relays', value.relays.map((one) => `${relayText(one)} (${one.at})`).join('\n') || 'not met yet'],
      ['verified', checkedText(value.checked)],
      ['unacked', value.outbox],
      ['rejected', [value.rejects, ...Object.entries(value.reasons).map((one) => one.join(' '))].join('\n')],
    ]);
  }
}
