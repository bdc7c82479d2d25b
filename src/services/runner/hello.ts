/** What a runner says of itself to its Host. */
import { digestOf } from '../../core/encoding/canonical.ts';
import { ENGINE_TYPES } from '../../core/vocabulary.ts';
import type { Runner } from './runner.ts';

/** When it has something else to say of itself than it said last, also what it said before that. */
export const presentRunner = async (runner: Runner): Promise<void> => {
  if (runner.home.tables.get('goodbyes', runner.home.self.pubkey)) return;
  const { home, labels, sandbox, capacity, memory, version, platform, invite } = runner;
  const probes = [...(await runner.probes())];
  const facts = {
    name: home.self.name,
    version,
    platform,
    labels,
    engines: ENGINE_TYPES.filter((type) => runner.engines[type] !== null),
    sandbox,
    capacity,
    ...(memory !== undefined && { memory }),
    ...(probes.length > 0 && { probes }),
    ...(runner.leaving !== null && { leaving: true as const }),
  };
  const newest = { order: 'line', descending: true } as const;
  const said = home.tables.list('messages', { type: 'runner.hello', dir: 'out' }, newest);
  const key = `hello:${digestOf(home.suite, facts).slice(0, 32)}`;
  if (said[0]?.dedup.startsWith(key)) return;
  const body = invite && said.length === 0 ? { ...facts, invite } : facts;
  const dedup = said.length === 0 ? key : `${key}:${said.length}`;
  await runner.exchange.send([{ type: 'runner.hello', from: home.self.pubkey, to: home.host, body, dedup }]);
};
