/** Whose SSH signatures count, of a graph and of the Host that has it. */
import { allowedSigners, type CommitSigner } from '../../core/graph/allowed-signers.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import { revisionGraph } from '../../services/graph/remote.ts';
import { graphNamed, isRevision } from './plan.ts';

/** Keys of git principals are of a Host: a file alone says nothing of them. */
const principalSigners = async (client: HostClient): Promise<CommitSigner[]> => {
  const { items } = await callHost(client, 'principals.list');
  return items.flatMap(({ name, publicKey }) => (publicKey === null ? [] : [{ name, key: publicKey }]));
};

export const signersNamed = async (
  client: HostClient,
  named: string | undefined,
  json: boolean,
): Promise<string> => {
  const graph = named === undefined ? revisionGraph(client, null) : graphNamed(client, named, json);
  const isAtHost = named === undefined || isRevision(named);
  return allowedSigners(await graph, isAtHost ? await principalSigners(client) : []);
};
