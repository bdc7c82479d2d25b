/** Tells heartbeats from their echoes: a relay that plays old ones again must not keep a dead runner alive. */
import type { Message } from '../../core/protocol/message.ts';

/** How far apart in time beats may overtake each other, and how wrong a runner's clock may be when this Host starts. */
const OVERTAKING_SECONDS = 60;
const SKEW_SECONDS = 15 * 60;

export type Fresh = (m: Message<{ beat: string }>) => boolean;

/** True once for each beat, and never for one from long before the newest. `startedAt`: Unix seconds. */
export const freshness = (startedAt: number): Fresh => {
  const runners = new Map<string, { newest: number; beats: Map<string, number> }>();
  return (m) => {
    const known = runners.get(m.from) ?? { newest: startedAt - SKEW_SECONDS, beats: new Map() };
    if (m.createdAt < known.newest - OVERTAKING_SECONDS || known.beats.has(m.body.beat)) return false;
    known.newest = Math.max(known.newest, m.createdAt);
    known.beats.set(m.body.beat, m.createdAt);
    for (const [beat, at] of known.beats)
      if (at < known.newest - OVERTAKING_SECONDS) known.beats.delete(beat);
    runners.set(m.from, known);
    return true;
  };
};
