/** A key that is used in another home too: its owner's, of a backup, or a thief's. */
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { pinnedRole } from './authorization-context.ts';
import type { Home } from './home.ts';
import { streamOf } from './send.ts';

/** Told once, by what the Host or a node acknowledges: of a stream that is not this home's. */
export const createElsewhere = (home: Home): ((ack: Message<BodyOf<'ack'>>) => void) => {
  let isTold = false;
  return ({ from, to, body }) => {
    if (isTold || !isWitness(home, from, to) || body.stream === streamOf(home, to)) return;
    isTold = true;
    home.log(
      'warning',
      'the key of this home speaks from another home too: stop the one that you left, as each takes messages from the other; if it is not yours, tell an operator that the key is stolen',
    );
  };
};

const isWitness = (home: Home, from: string, to: string): boolean =>
  from === home.host || pinnedRole(home, from, to) === 'node';
