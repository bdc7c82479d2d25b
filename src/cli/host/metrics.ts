/** The metrics of a Host as it tells them: nothing that is not of that format comes to a terminal. */
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import { readMetrics } from '../../core/host-api/metrics.ts';

export type ShownMetrics = { lines: string[] };

export const metricsOfHost = async (client: HostClient): Promise<ShownMetrics> => {
  const lines = readMetrics(await callHost(client, 'metrics.show'));
  if (lines) return { lines };
  throw new EntangleError('unavailable', 'the Host’s metrics are not understood', {
    hint: 'run the same version of entangle as the Host: see `entangle --version`',
  });
};
