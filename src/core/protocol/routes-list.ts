/** The peers of routes that no message holds: the blob that the message names, cut into parts like every blob. */
import * as z from 'zod';
import { MAX_NODES } from '../bounds.ts';
import { fromUtf8, utf8 } from '../encoding/bytes.ts';
import { readShape } from '../encoding/read-shape.ts';
import { count, list, pubkey } from '../encoding/schema.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { peer } from './messages/control.ts';

/** Whose routes they are and which: so no two messages ever name the same digest. */
const routesList = z.strictObject({ owner: pubkey, epoch: count, n: count, peers: list(peer(), MAX_NODES) });
export type RoutesList = z.infer<typeof routesList>;

export const writeRoutesList = ({ owner, epoch, n, peers }: RoutesList): Uint8Array =>
  utf8(JSON.stringify({ owner, epoch, n, peers }));

/** Null for bytes that are no such list; never throws. */
export const readRoutesList = (bytes: Uint8Array): RoutesList | null => {
  let value: unknown;
  try {
    value = parseStrict(fromUtf8(bytes));
  } catch {
    return null;
  }
  const read = readShape(routesList, value);
  return read.success ? read.data : null;
};
