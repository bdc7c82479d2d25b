import { initFlags, type MadeGraph, makeGraphFile } from '../../cli/graph/init.ts';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';

export default class GraphInit extends BaseCommand<typeof GraphInit> {
  static override summary = 'Create a graph file from a template.';
  static override description = 'Needs no Host and no secret, only the public key of the first person.';
  static override examples = [
    '<%= config.bin %> graph init --npub npub1… --repository git@example.org:acme/app.git',
    '<%= config.bin %> graph init --template team --graph acme --out team.yaml --npub npub1…',
  ];
  static override flags = initFlags;

  execute(flags: FlagsOf<typeof GraphInit>): Promise<MadeGraph> {
    return makeGraphFile(flags);
  }

  override render({ file, template, text }: MadeGraph): string {
    if (file === null) return text;
    this.progress(`next: entangle graph validate ${file}, then entangle graph plan ${file}`, { shown: true });
    return `${file}: a ${template} graph`;
  }
}
