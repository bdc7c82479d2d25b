/** A secret in words: its name, and who uses it. Of its value there is nothing to say. */
import type { SecretView } from '../../core/host-api/shapes.ts';

const users = ({ nodes }: SecretView): string =>
  nodes.length === 0 ? 'no node of the active graph names it' : `used by ${nodes.join(', ')}`;

export const secretSetText = (one: SecretView): string => `secret ${one.name} is set; ${users(one)}`;

export const secretRemovedText = (one: SecretView): string =>
  one.nodes.length === 0
    ? `secret ${one.name} is removed`
    : `secret ${one.name} is removed; turns of ${one.nodes.join(', ')} fail until it is set again`;

export const removalQuestion = (one: SecretView): string =>
  one.nodes.length === 0
    ? `Remove secret ${one.name}? No node of the active graph names it.`
    : `Remove secret ${one.name}? It is ${users(one)}: their next turns fail without it.`;
