/** What a runner does not do for an agent: said to it, which goes on. */
export class RefusedToAgent extends Error {}
