/**
 * Known agents themselves. `npm run agents:install [PROFILE…]` gets them from npm into `.agents`, in the versions that
 * were tried. `npm run agents:try [PROFILE…]` starts each that speaks as the model here does as a node of its profile
 * would be started, gives it a turn with a key, has it make a file, run a command and call a tool, and says what came of it.
 */
import { isWord } from '../src/core/encoding/grammar.ts';
import { AGENT_PROFILES, type AgentProfile } from '../src/core/vocabulary.ts';
import { fromNpm, installAgent } from './agents/installed.ts';
import { tryAgent } from './agents/try.ts';

const DOES: Readonly<Record<string, (profile: AgentProfile) => boolean | Promise<boolean>>> = {
  install: installAgent,
  try: (profile) => installAgent(profile) && tryAgent(profile),
};

const [verb = '', ...names] = process.argv.slice(2);
const does = DOES[verb];
const wanted = names.filter((name): name is AgentProfile => isWord(AGENT_PROFILES, name));
if (does === undefined || wanted.length < names.length)
  throw new Error(`usage: node scripts/agents.ts install|try [${AGENT_PROFILES.join('|')}]…`);
for (const profile of names.length > 0 ? wanted : fromNpm()) {
  const isDone = await does(profile);
  console.log(`${profile}: ${isDone ? 'done' : 'failed'}`);
  if (!isDone) process.exitCode = 1;
}
