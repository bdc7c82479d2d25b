/** What agents do that misbehave, as the lines that the agent of the tests is given: twelve kinds. */
export const MISBEHAVING = {
  'offers two answers that allow once': ['obey twice touch never.txt'],
  'changes its mode after the prompt': ['mode default', 'run touch never.txt'],
  'asks before it tells of the call': ['obey once touch never.txt', 'call Run'],
  'offers an answer of a kind that is not known': ['obey odd touch never.txt'],
  'writes other bytes than were approved': ['propose a.txt one', 'put a.txt two'],
  'runs another command in a terminal than was approved': ['declare echo one', 'term touch never.txt'],
  'never asks': ['edit own.txt'],
  'asks 500 times at once': ['crowd'],
  'dies while a request waits': ['pending touch never.txt', 'die 3'],
  'tells without end': ['flood'],
  'says a line of a gigabyte': ['line 1024'],
  'has a sub-agent that writes': ['sub never.txt', 'edit own.txt'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Misbehaviour = keyof typeof MISBEHAVING;
