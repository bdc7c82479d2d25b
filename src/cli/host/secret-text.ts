/** A secret in words: its name, and who uses it. Of its value there is nothing to say. */
import { age } from '../../core/encoding/age.ts';
import type { SecretView } from '../../core/host-api/shapes.ts';

const users = ({ nodes }: SecretView): string =>
  nodes.length === 0 ? 'no node of the active graph names it' : `used by ${nodes.join(', ')}`;

export const secretSetText = (one: SecretView): string =>
  `secret ${one.name} is set, version ${one.version}; ${users(one)}`;

/** Whoever has an older value is told with its number. */
const grantText = (
  { runner, version, at }: SecretView['grants'][number],
  present: number | null,
  now: number,
): string => `${runner} ${age(at, now)}${version === present ? '' : ` (version ${version})`}`;

export const SECRET_COLUMNS = ['name', 'version', 'set', 'by', 'nodes', 'given to', 'exposed'];
export const secretRow = (one: SecretView, now: number) => [
  one.name,
  one.version ?? '',
  one.set === null ? 'missing' : age(one.set, now),
  one.set === null ? '' : one.by,
  one.nodes.join(', '),
  one.grants.map((grant) => grantText(grant, one.version, now)).join(', '),
  one.exposed.length === 0 ? '' : `by ${one.exposed.join(', ')}`,
];

export const secretRemovedText = (one: SecretView): string =>
  one.nodes.length === 0
    ? `secret ${one.name} is removed`
    : `secret ${one.name} is removed; turns of ${one.nodes.join(', ')} fail until it is set again`;

export const removalQuestion = (one: SecretView): string =>
  one.nodes.length === 0
    ? `Remove secret ${one.name}? No node of the active graph names it.`
    : `Remove secret ${one.name}? It is ${users(one)}: their next turns fail without it.`;
