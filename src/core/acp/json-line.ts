/** A line of JSON-RPC as agents write them. */
import { MAX_ACP } from '../bounds.ts';
import { parseStrict } from '../encoding/strict-json.ts';

const MAX_DEPTH = 64;

/** Throws for what is no JSON, or not the same to every reader. What is told piece by piece is cut within a character too. */
export const parseRpcLine = (line: string, spent = { members: 0 }): unknown =>
  parseStrict(line, { maxDepth: MAX_DEPTH, maxMembers: MAX_ACP.members, replacesHalves: true, spent });
