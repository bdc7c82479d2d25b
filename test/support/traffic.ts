/** Wraps of one task with an approval by one of two people: to people, to the agent and its runner, to the Host. */
export const OF_A_TASK = { people: 11, agent: 5, host: 12 };
