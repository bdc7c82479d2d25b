import { bindOidc, boundText, oidcBindFlags } from '../../../../cli/host/operator-bind.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../../cli/kit/base-command.ts';
import { nameArg } from '../../../../cli/kit/flags.ts';
import { pairs } from '../../../../cli/kit/render.ts';
import { hostClient } from '../../../../cli/wiring/host-client.ts';
import type { OperatorView } from '../../../../core/host-api/shapes.ts';

export default class HostOperatorBindOidc extends BaseCommand<typeof HostOperatorBindOidc> {
  static override summary = 'Let jobs of a CI operate, by what its issuer says of them.';
  static override description =
    'A job shows the identity token (OIDC) that its CI gave it, and gets a token of this Host for ten minutes. No secret is kept in the CI. Name the repository and the branch: an issuer has many customers.';
  static override examples = [
    '<%= config.bin %> host operator bind oidc ci-apply --role editor --issuer https://token.actions.githubusercontent.com --audience https://host.example.org --claim repository=acme/app --claim ref=refs/heads/main',
    '<%= config.bin %> host operator bind oidc ci-plan --role viewer --issuer https://gitlab.example.org --audience entangle --claim project_path=acme/app --jwks keys.json',
  ];
  static override args = {
    name: nameArg({ description: 'name of the operator; never used before', required: true }),
  };
  static override flags = oidcBindFlags;

  execute(
    flags: FlagsOf<typeof HostOperatorBindOidc>,
    args: ArgsOf<typeof HostOperatorBindOidc>,
  ): Promise<OperatorView> {
    return bindOidc(hostClient(this.home, flags), args.name, flags);
  }

  override render(one: OperatorView): string {
    return pairs([
      ['operator', one.name],
      ['role', one.role],
      ['known by', boundText(one)],
    ]);
  }
}
