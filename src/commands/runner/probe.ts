import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { runnerName } from '../../cli/kit/flags.ts';
import { type ProbeResult, probeOnRunner, probeText } from '../../cli/runner/probe.ts';

export default class RunnerProbe extends BaseCommand<typeof RunnerProbe> {
  static override summary =
    'Try without a model whether an agent asks before it acts, and leaves what is rejected.';
  static override description =
    'Starts it some times as a turn would, with a model of ours on this machine that has it make files, and looks which are there. Nothing is sent elsewhere by us, and nothing is paid for. What was seen is kept in the home of the runner.';
  static override examples = [
    '<%= config.bin %> runner probe kimi',
    '<%= config.bin %> runner probe "node /opt/agent/main.mjs" --json',
  ];
  static override args = {
    agent: Args.string({ description: 'a known agent, or a command in quotes', required: true }),
  };
  static override flags = { runner: runnerName };

  execute(flags: FlagsOf<typeof RunnerProbe>, { agent }: ArgsOf<typeof RunnerProbe>): Promise<ProbeResult> {
    return probeOnRunner(this.home, { runner: flags.runner, agent, signal: this.signal });
  }

  override render(value: ProbeResult): string {
    return probeText(value);
  }
}
