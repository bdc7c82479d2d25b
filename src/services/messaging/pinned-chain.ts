/** A member that was invited after the Host had got another key knows that key from its invite. */
import { type Chain, relationOf } from '../../core/authority/succession.ts';
import { chainIn } from '../../core/projection/reducers/authority.ts';
import type { Home } from './home.ts';
import { recordOf } from './rejections.ts';

/** Put down before the home says anything to the Host. */
export const pinChain = async (home: Home, chain: Chain): Promise<void> => {
  const isNews = () => chain.length > 0 && relationOf(chainIn(home.tables), chain) === 'follows';
  if (!isNews() || home.ledger.unwritable) return;
  const body = { chain: [...chain] };
  await home.ledger.append(() =>
    isNews() ? [{ dir: 'local', event: recordOf(home, 'authority.succeeded', body) }] : [],
  );
};
