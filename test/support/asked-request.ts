/** A request as the Host API is handed it, over the socket of its home. */
import { utf8 } from '../../src/core/encoding/bytes.ts';
import type { ApiRequest } from '../../src/ports/index.ts';

type Given = Pick<ApiRequest, 'method' | 'path'> &
  Partial<Pick<ApiRequest, 'credential' | 'lastEventId' | 'url'>> & {
    query?: Readonly<Record<string, string>>;
    body?: unknown;
  };

export const askedRequest = ({ method, path, query = {}, body, ...given }: Given): ApiRequest => {
  const search = new URLSearchParams(query).toString();
  const url = `http://localhost${path}${search === '' ? '' : `?${search}`}`;
  const text = method === 'GET' ? '' : JSON.stringify(body ?? {});
  return {
    ...{ method, path, url, query: new Map(Object.entries(query)), credential: null, lastEventId: null },
    body: async () => body,
    bytes: async () => utf8(text),
    ...given,
  };
};
