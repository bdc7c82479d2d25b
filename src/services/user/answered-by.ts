/** What is said of a request that a grant answered. */
import { shortId } from '../../core/encoding/id.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';

type Asked = Pick<RowOf<'approvals'>, 'id' | 'node'>;
/** By which grants a request was approved, as its node says; where one is of this person, of how many uses. */
export const answeredBy = ({ tables }: Home, { id, node }: Asked): string[] =>
  tables
    .list('grant_uses', { approval: id })
    .filter((used) => used.by === node)
    .map(({ grant, use }) => {
      const uses = tables.get('grants', grant)?.uses;
      return `grant ${shortId(grant)}, use ${use}${uses === undefined ? '' : ` of ${uses}`}`;
    });
