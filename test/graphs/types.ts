/** The message table as the graph sees it: tests judge by the one that runs. */
export { GRAPH_TYPES as TYPES } from '../../src/services/graph/types.ts';
