/** Makes the workloads of an issuer an operator: what its word is checked by, and what it has to say. */
import * as Flags from '@oclif/core/flags';
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { parseStrict } from '../../core/encoding/strict-json.ts';
import { EntangleError } from '../../core/errors.ts';
import { CLAIM_NAME } from '../../core/grammars.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import { type IssuerKeys, readKeySet } from '../../core/host-api/identity.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import type { OperatorRole } from '../../core/vocabulary.ts';
import { hostFlags, operatorRoleFlag } from '../kit/flags.ts';
import { readBytes } from '../kit/text-file.ts';

export const oidcBindFlags = {
  issuer: Flags.string({
    description: 'URL of the issuer, letter by letter as its tokens have it',
    env: 'ENTANGLE_OIDC_ISSUER',
    helpValue: 'URL',
    required: true,
  }),
  audience: Flags.string({
    description: 'audience that the tokens are made for; name the Host in it',
    env: 'ENTANGLE_OIDC_AUDIENCE',
    helpValue: 'TEXT',
    required: true,
  }),
  claim: Flags.string({
    description: 'claim that a token must have (repeatable; all of them count)',
    env: 'ENTANGLE_OIDC_CLAIM',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    required: true,
  }),
  role: operatorRoleFlag,
  jwks: Flags.string({
    description: 'file with the public keys of the issuer, a JWK set (default: fetched from the issuer)',
    env: 'ENTANGLE_OIDC_JWKS',
    helpValue: 'FILE',
  }),
  ...hostFlags,
};
type Given = {
  issuer: string;
  audience: string;
  claim: readonly string[];
  role: OperatorRole;
  jwks: string | undefined;
};

export const bindOidc = async (client: HostClient, name: string, flags: Given): Promise<OperatorView> => {
  const { issuer, audience, role } = flags;
  const keys = flags.jwks === undefined ? null : await keysIn(flags.jwks);
  return callHost(client, 'operators.bind', {
    body: { name, role, issuer, audience, claims: claimsOf(flags.claim), keys },
  });
};

const claimsOf = (given: readonly string[]): Record<string, string> => {
  const claims: Record<string, string> = {};
  for (const one of given) {
    const [, name = '', value] = /^([^=]*)=(.+)$/s.exec(one) ?? [];
    if (value === undefined || !fits(CLAIM_NAME, name))
      throw new EntangleError('usage', `"${one.slice(0, 80)}" is no claim`, {
        hint: 'write KEY=VALUE, such as repository=acme/app',
      });
    if (Object.hasOwn(claims, name))
      throw new EntangleError('usage', `claim "${name}" is given twice`, {
        hint: 'give it once; `entangle host operator bind oidc` makes another operator for the other value',
      });
    claims[name] = value;
  }
  return claims;
};

const keysIn = async (file: string): Promise<IssuerKeys> => {
  const text = fromUtf8(await readBytes(file));
  const keys = readKeySet(parsed(text));
  if (keys === null)
    throw new EntangleError('invalid', `${file} is no set of public keys`, {
      hint: 'give what the issuer publishes as its jwks_uri: {"keys":[…]}, without private keys',
    });
  return keys;
};

const parsed = (text: string): unknown => {
  try {
    return parseStrict(text, { maxDepth: 16 });
  } catch {
    return null;
  }
};

export const boundText = ({ identity }: Pick<OperatorView, 'identity'>): string | null =>
  identity &&
  [
    `${identity.issuer} for ${identity.audience}${identity.pinned ? ', by the keys that were given' : ''}`,
    ...Object.entries(identity.claims).map(([name, value]) => `${name}=${value}`),
  ].join('\n');
