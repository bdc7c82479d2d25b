/** A key that is used in another home too: its owner's, of a backup, or a thief's. */
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from './home.ts';
import { streamOf } from './send.ts';

/** Told once, by what the Host acknowledges: a peer could say that of any stream. */
export const createElsewhere = (home: Home): ((ack: Message<BodyOf<'ack'>>) => void) => {
  let isTold = false;
  return ({ from, to, body }) => {
    if (isTold || from !== home.host || body.stream === streamOf(home, to)) return;
    isTold = true;
    home.log(
      'warning',
      'the key of this home speaks from another home too: stop the one that you left, as each takes messages from the other; if it is not yours, tell an operator that the key is stolen',
    );
  };
};
