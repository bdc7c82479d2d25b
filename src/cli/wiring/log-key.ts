/** The key by which a Host states things for others: made when it first serves, and kept where its own key is. */
import { systemRandom } from '../../adapters/system/random.ts';
import type { KeyStore } from '../../ports/index.ts';

const NAME = 'log';

export const logKeyOf = async (keys: KeyStore): Promise<Uint8Array> => {
  if (!(await keys.list()).includes(NAME)) await keys.create(NAME, systemRandom.bytes(32));
  return keys.read(NAME);
};
