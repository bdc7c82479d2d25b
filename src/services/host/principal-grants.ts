/** What a runner is given of a git principal: its keys, as far as the node that it has can use them. */
import { fromBase64, fromUtf8 } from '../../core/encoding/bytes.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { isWithheld } from '../../core/graph/named-principals.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import {
  DEFAULT_GIT_USER,
  type PrincipalFacts,
  readingSecrets,
  writeCredential,
} from '../../core/source/principal.ts';
import { parseRemote } from '../../core/source/remote.ts';
import type { SecretDenial } from '../../core/vocabulary.ts';
import type { Host } from './host.ts';
import { principalTrouble } from './principal-keys.ts';
import { openSecret } from './secret-values.ts';
import { pushDenial } from './withheld-push.ts';

/** A value in base64, its version, and the secrets that are in it. */
export type GrantedValue = {
  readonly value: string;
  readonly version: string;
  readonly holds?: readonly { readonly name: string; readonly version: string }[];
};

/** A token for another host is of no use to that node. */
const usable = (facts: PrincipalFacts, { workspace }: Pick<AgentNode, 'workspace'>): PrincipalFacts => {
  const { scheme, host } = parseRemote(workspace!.repository);
  return scheme === 'https' && host === facts.https?.host ? facts : { ...facts, https: null };
};

/** In place of what reads. */
const pushing = (facts: PrincipalFacts, push: PrincipalFacts['push'] | null): PrincipalFacts => {
  if (!push) return facts;
  if (push.scheme === 'ssh') return { ...facts, ssh: push.secret };
  return { ...facts, https: facts.https && { ...facts.https, secret: push.secret } };
};

export const principalGiven = async (
  host: Host,
  asked: RowOf<'secret_requests'>,
  node: Pick<AgentNode, 'workspace'>,
): Promise<GrantedValue | SecretDenial> => {
  const { home } = host;
  const { name } = asked;
  const row = home.tables.get('principals', name);
  if (!row || row.facts === null) return 'secret_missing';
  const withheld =
    row.facts.push && isWithheld(row.facts, node.workspace!.repository) ? row.facts.push : null;
  const pushes = asked.publish === null ? null : withheld;
  const facts = pushing(usable(row.facts, node), pushes);
  const kept = new Map<string, { text: string; version: string }>();
  for (const secret of readingSecrets(facts)) {
    const opened = await openSecret(home, secret);
    if (opened === null) return 'secret_missing';
    kept.set(secret, { text: fromUtf8(fromBase64(opened.value)), version: opened.version });
  }
  const trouble = await principalTrouble(host, { name, facts: row.facts });
  if (trouble !== null) {
    home.log('warning', `principal "${name}" is given to no runner: ${trouble}`);
    return 'key_misused';
  }
  if (pushes !== null) {
    const { version } = kept.get(pushes.secret)!;
    const denial = await pushDenial(host, asked, { name: pushes.secret, version });
    if (denial !== null) return denial;
  }
  const { author, ssh, https, knownHosts } = facts;
  const value = writeCredential({
    ...{ author, knownHosts },
    sshKey: ssh === null ? null : kept.get(ssh)!.text,
    token: https && {
      value: kept.get(https.secret)!.text.trimEnd(),
      host: https.host,
      user: https.user ?? DEFAULT_GIT_USER,
    },
    ...(withheld !== null && pushes === null && { withheld: true as const }),
  });
  const holds = [...kept].map(([secret, { version }]) => ({ name: secret, version }));
  return { value, version: row.version, holds };
};
