/** A git principal, as the Host API shows it. */
import * as z from 'zod';
import { once } from '../encoding/once.ts';
import { text } from '../encoding/schema.ts';
import { principalFacts } from '../source/principal.ts';

const name = text(64);
const time = text(32).describe('RFC 3339, UTC');

export const principalView = once(() =>
  z.object({
    name,
    set: time.nullable().describe('null where nobody set it'),
    by: name.nullable(),
    facts: principalFacts().nullable().describe('what was set; secrets by their names'),
    publicKey: text(400).nullable().describe('the line for the forge, and for who verifies its commits'),
    trouble: text(400).nullable().describe('why no runner is given it'),
    nodes: z.array(name).describe('the nodes of the active graph that name it'),
  }),
);
export type PrincipalView = z.infer<ReturnType<typeof principalView>>;
