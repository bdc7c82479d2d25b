/** Who signs for the Host: of two chains the one that stands, whichever came first. */
import { type Chain, founderOf, signerBy, standing } from '../../authority/succession.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { RowOf, Tables } from '../rows.ts';

export const chainIn = (tables: Tables): Chain =>
  tables.list('successions', {}, { order: 'n' }).map(({ statement }) => statement);

/** The key that signs for the Host of this graph, as this home knows. */
export const signerIn = (tables: Tables, graph: string): string => signerBy(graph, chainIn(tables));

/** In the read models the Host is its first key, whichever of its keys signed or was written to. */
export const namedIn = (tables: Tables, graph: string, key: string): string =>
  tables.get('authority_keys', key) === undefined ? key : founderOf(graph);

/** Puts the chain there if it stands above the one before; whether it does. */
export const followChain = (tables: Tables, chain: Chain): boolean => {
  for (const { to } of chain) tables.put('authority_keys', { key: to });
  const before = chainIn(tables);
  if (standing(before, chain) === before) return false;
  for (const i of before.keys()) tables.remove('successions', i + 1);
  for (const [i, statement] of chain.entries()) tables.put('successions', { n: i + 1, statement });
  return true;
};

/** Where the epoch of the key that signs is pinned: epochs count for one key, whoever had another may have claimed any. */
export const pinnedEpoch = (tables: Tables): RowOf<'epoch'> | undefined =>
  tables.get('epoch', epochIdOf(chainIn(tables).at(-1)?.to));

/** Of the first key where none is given. */
const epochIdOf = (key: string | undefined): string => (key === undefined ? 'host' : `host ${key}`);

/** Receivers pin the highest epoch of each key; a second boot of the same epoch never gets this far. */
export const pinEpoch = (
  tables: Tables,
  { epoch: { n, boot }, event }: LedgerMessage,
  graph: string,
): void => {
  const id = epochIdOf(event.pubkey === founderOf(graph) ? undefined : event.pubkey);
  if (n > (tables.get('epoch', id)?.n ?? -1)) tables.put('epoch', { id, n, boot, event: null });
};

/** What the key before said under an epoch as high is below all that the one says that comes. */
export const reduceRotate = (tables: Tables, told: LedgerMessage<BodyOf<'authority.rotate'>>): void => {
  const { n } = told.epoch;
  if (!followChain(tables, told.body.chain) || told.dir === 'out') return;
  for (const row of tables.list('routes'))
    if (row.epoch >= n) tables.put('routes', { ...row, epoch: 0, n: 0 });
  for (const row of tables.list('trust'))
    if (row.epoch >= n) tables.put('trust', { ...row, epoch: 0, seq: 0 });
  for (const row of tables.list('announced_routes'))
    if (row.epoch >= n) tables.remove('announced_routes', row.owner);
};
