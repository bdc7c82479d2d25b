/** Whether the graph names a person: until it does, nobody can be asked, and only an operator can change that. */
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Tables } from '../../core/projection/rows.ts';
import type { DoctorCheck } from './finding.ts';

type Person = { tables: () => Promise<Tables>; name: string; self: () => Promise<string> };

export const namedCheck = ({ tables: read, name, self: key }: Person): DoctorCheck => ({
  name: 'graph',
  wrong: 'warning',
  look: async () => {
    const [self, tables] = await Promise.all([key(), read()]);
    const routes = tables.get('routes', self);
    if (routes === undefined)
      throw new EntangleError('unavailable', 'does not name this key yet, as far as it has heard', {
        hint: `ask an operator to add the key to the graph, \`${name}: { kind: user, pubkey: ${npub(self)} }\` and its edges, and to apply it`,
      });
    const edges = tables.count('peers', { owner: self });
    if (edges > 0) return `names it at revision ${routes.revision}`;
    throw new EntangleError('unavailable', `leads from it to nobody at revision ${routes.revision}`, {
      hint: `ask an operator for edges of the graph: ${name} delegates_to AGENT, ${name} approves AGENT`,
    });
  },
});
