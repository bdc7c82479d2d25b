/** Another key comes to sign for this Host: said in its ledger, durable, before anything is signed with it; then to everybody. */
import type { Succession } from '../../core/authority/chain.ts';
import { founderOf, signerBy, succeed } from '../../core/authority/succession.ts';
import { MAX_SUCCESSIONS } from '../../core/bounds.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { isThrownOut } from '../../core/projection/queries.ts';
import { chainIn } from '../../core/projection/reducers/authority.ts';
import type { Tables } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { nowSeconds } from '../messaging/home.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';

/** Keys of the store that never signed: what a rotation left that was cut off before its statement was durable. */
export const unusedKey = (
  tables: Tables,
  graph: string,
  held: ReadonlyMap<string, Uint8Array>,
): Uint8Array | null => {
  const isUsed = (key: string) => key === founderOf(graph) || tables.get('authority_keys', key) !== undefined;
  return [...held].find(([key]) => !isUsed(key))?.[1] ?? null;
};

/** That it may be done at all, before anybody is asked. */
export const requireSuccession = (home: Home, recovery: Uint8Array | null): void => {
  const { length } = chainIn(home.tables);
  if (length >= MAX_SUCCESSIONS)
    throw new EntangleError(
      'conflict',
      `the key of this Host was replaced ${length} times, and no more fit`,
      {
        hint: 'make a new Host, and let its members join that',
      },
    );
  if (recovery && toHex(home.suite.sha256(home.suite.publicKey(recovery))) !== home.recovery)
    throw new EntangleError('invalid', 'this is the recovery key of another Host', {
      hint: `give the one whose fingerprint is sha256:${home.recovery}`,
    });
};

/** By the key that signs now, or by the recovery key. From then on every start signs with the key that came. */
export const putSuccessor = async (
  home: Home,
  to: Uint8Array,
  recovery: Uint8Array | null,
): Promise<Succession> => {
  requireSuccession(home, recovery);
  const { tables, suite, graph } = home;
  const chain = succeed(
    suite,
    graph,
    chainIn(tables),
    {
      by: recovery ?? home.self.secretKey,
      isRecovery: recovery !== null,
      to,
      epoch: tables.get('epoch', 'own')?.n ?? 0,
      at: nowSeconds(home),
    },
    home.random.bytes,
  );
  await home.ledger.append(() => [{ dir: 'local', event: recordOf(home, 'authority.succeeded', { chain }) }]);
  return chain.at(-1)!;
};

/** After a recovery whoever had the key before may have said anything: the next start takes over. */
export const isRecovered = ({ tables }: Home): boolean => {
  const last = (type: 'authority.succeeded' | 'epoch.claimed'): number =>
    tables.list('messages', { type, dir: 'local' }, { order: 'line', descending: true, limit: 1 })[0]?.line ??
    0;
  const isNew = last('authority.succeeded') > last('epoch.claimed');
  return isNew && chainIn(tables).at(-1)?.recovery !== null;
};

/** Tells whoever is known here who signs now, once for each key: again where somebody comes. */
export const createTelling = ({ home, exchange }: Pick<Host, 'home' | 'exchange'>): (() => Promise<void>) => {
  let told = '';
  return async () => {
    const chain = [...chainIn(home.tables)];
    const members = membersOf(home.tables);
    if (chain.length === 0 || members.join() === told) return;
    const dedup = `succession:${chain.length}:${signerBy(home.graph, chain).slice(0, 16)}`;
    await exchange.send(
      members.map((to) => ({
        ...{ type: 'authority.rotate' as const, from: home.self.pubkey, to },
        ...{ body: { chain }, dedup },
      })),
    );
    told = members.join();
  };
};

const membersOf = (tables: Tables): string[] => {
  const known = [...tables.list('hellos'), ...tables.list('users')].map(({ pubkey }) => pubkey);
  return [...new Set(known)].filter((key) => !isThrownOut(tables, key)).sort();
};
