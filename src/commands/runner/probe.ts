import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { runnerName } from '../../cli/kit/flags.ts';
import { type ProbeResult, probeOnRunner, probeText } from '../../cli/runner/probe.ts';
import { SANDBOX_KINDS } from '../../core/vocabulary.ts';

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
    agent: Args.string({
      description: 'a node of this runner, a known agent, or a command in quotes',
      required: true,
    }),
  };
  static override flags = {
    runner: runnerName,
    sandbox: Flags.option({
      description: 'in which it is tried; if not given that of the node, or the strictest there is',
      env: 'ENTANGLE_PROBE_SANDBOX',
      options: SANDBOX_KINDS,
    })(),
  };

  execute(flags: FlagsOf<typeof RunnerProbe>, { agent }: ArgsOf<typeof RunnerProbe>): Promise<ProbeResult> {
    const { runner, sandbox } = flags;
    return probeOnRunner(this.home, { runner, agent, sandbox, signal: this.signal });
  }

  override render(value: ProbeResult): string {
    return probeText(value);
  }
}
