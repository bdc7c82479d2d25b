/** Bytes that a message names, on their way to who was told of them: asked for, and given by who named them. */
import { toBase64, toHex } from '../../src/core/encoding/bytes.ts';
import { partBounds, partCount } from '../../src/core/protocol/blob-parts.ts';
import type { TextBlob } from '../../src/core/protocol/messages/task-body.ts';
import type { Exchange } from '../../src/services/messaging/exchange.ts';
import type { Name } from '../support/world.ts';
import type { SingleHome } from './single-home.ts';

/** To one who asked for them already, or does so now. */
export const giveTo =
  (one: Pick<SingleHome, 'actors' | 'suite' | 'said' | 'hear'>, exchange: Pick<Exchange, 'send'>, to: Name) =>
  async (bytes: Uint8Array, from: Name): Promise<TextBlob> => {
    const sha256 = toHex(one.suite.sha256(bytes));
    const [asker, giver] = [one.actors[to].pubkey, one.actors[from].pubkey];
    const asked = () => one.said('blob.get').find((said) => said.to === giver && said.body.sha256 === sha256);
    const get = { type: 'blob.get', from: asker, to: giver, body: { sha256 } } as const;
    if (!asked()) await exchange.send([{ ...get, dedup: `get:${sha256}` }]);
    const of = partCount(bytes.length);
    for (let n = 0; n < of; n++) {
      const data = toBase64(bytes.subarray(...partBounds(bytes.length, n)));
      await one.hear({ type: 'blob.part', from, to, re: asked()!.event.id, body: { sha256, n, of, data } });
    }
    return { sha256, size: bytes.length };
  };
