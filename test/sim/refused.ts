/** What a part of a federation refused: of its ledger, and what its process has counted since. */
import type { Exchange } from '../../src/services/messaging/exchange.ts';
import type { Federation } from './federation.ts';
import type { Part } from './part.ts';

export type Refused = { reason: string; signer: string | null; count: number };
type Running = { exchange: Exchange } | { host: { exchange: Exchange } } | { runner: { exchange: Exchange } };
type Serving = Pick<Part<Running>, 'home' | 'running' | 'disk'>;
const exchangeOf = (one: Running): Exchange => {
  if ('host' in one) return one.host.exchange;
  return 'runner' in one ? one.runner.exchange : one.exchange;
};

export const partsOf = (fed: Federation): Serving[] => [
  fed.host,
  ...Object.values(fed.runners),
  ...Object.values(fed.people),
];

export const refusedBy = ({ home, running }: Serving): Refused[] => {
  const all = new Map<string, Refused>();
  const rows = home.tables.list('rejects').map((row) => ({ ...row, signer: row.signer || null }));
  for (const { reason, signer, count } of [
    ...rows,
    ...(running === null ? [] : exchangeOf(running).rejected()),
  ]) {
    const key = `${reason} ${signer ?? ''}`;
    all.set(key, { reason, signer, count: count + (all.get(key)?.count ?? 0) });
  }
  return [...all.values()];
};
