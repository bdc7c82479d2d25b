/** Whether a Host's home is the one that goes on: one that stopped for another, or was copied, says so before it is started. */
import { requireUnfenced } from '../../services/messaging/host-conflict.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { requireInPlace } from '../wiring/take-over.ts';
import type { DoctorCheck } from './finding.ts';

export const oneHostCheck = (directory: string): DoctorCheck => ({
  name: 'epoch',
  wrong: 'problem',
  look: async () => {
    await requireInPlace(directory);
    const tables = await foldedTables(directory);
    requireUnfenced({ tables });
    const own = tables.get('epoch', 'own');
    return own === undefined ? 'it has not served yet' : `${own.n}: no other Host was heard above it`;
  },
});
