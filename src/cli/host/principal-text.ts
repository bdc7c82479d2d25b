/** A git principal in words: what it is made of, by names. */
import type { PrincipalView } from '../../core/host-api/principal-view.ts';

const PUSHES = { ssh: 'ssh key', https: 'token' } as const;

const keysOf = ({ facts }: PrincipalView): string =>
  [
    facts?.ssh && `ssh key ${facts.ssh}`,
    facts?.https && `token ${facts.https.secret} for ${facts.https.host}`,
    facts?.knownHosts && 'host keys pinned',
    facts?.push && `pushes with ${PUSHES[facts.push.scheme]} ${facts.push.secret}, withheld until approved`,
  ]
    .filter(Boolean)
    .join(', ');

const users = ({ nodes }: PrincipalView): string =>
  nodes.length === 0 ? 'no node of the active graph names it' : `used by ${nodes.join(', ')}`;

export const principalSetText = (one: PrincipalView): string =>
  [
    `git principal ${one.name} is set: ${keysOf(one) || 'a name to commit by, and no key'}; ${users(one)}`,
    ...(one.publicKey === null ? [] : [`public key: ${one.publicKey}`]),
  ].join('\n');

export const principalRemovedText = (one: PrincipalView): string =>
  one.nodes.length === 0
    ? `git principal ${one.name} is removed; its secrets stay`
    : `git principal ${one.name} is removed; turns of ${one.nodes.join(', ')} fail until it is set again`;

export const PRINCIPAL_COLUMNS = ['name', 'commits as', 'logs in with', 'public key', 'nodes', 'trouble'];
export const principalRow = (one: PrincipalView) => [
  one.name,
  one.facts?.author ?? 'missing',
  keysOf(one),
  one.publicKey ?? '',
  one.nodes.join(', '),
  one.trouble ?? '',
];

export const principalQuestion = (one: PrincipalView): string =>
  one.nodes.length === 0
    ? `Remove git principal ${one.name}? No node of the active graph names it.`
    : `Remove git principal ${one.name}? It is ${users(one)}: their next turns fail without it.`;
