/** What an engine may do of what it asks about: the newest policy of its node answers, and people where it names them. */
import { unenforced } from '../../core/graph/engines.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { CALL_OPERATIONS, type CallOperation, type EngineType } from '../../core/vocabulary.ts';
import type { Permission, PermissionRequest } from '../../ports/index.ts';
import { ruleOf } from './approving.ts';
import { type AskingTurn, askCall, bindsLess } from './call-approval.ts';
import type { Runner } from './runner.ts';

/** Nothing was decided yet. */
const DEFERRED: Permission = { decision: 'approved', reason: 'its runner asks for it before it does it' };

/** Whether people answer for any call of the engines of this node; where that is not known, they do. */
export const hasCallPolicy = (runner: Runner, session: RowOf<'sessions'>): boolean =>
  !runner.home.tables.get('routes', session.node) ||
  CALL_OPERATIONS.some((operation) => ruleOf(runner, session, operation) !== undefined);

/** Where the routes are not known, it may do nothing. */
export const permissionOf =
  (turn: AskingTurn, engine: EngineType) =>
  async (said: PermissionRequest, taken?: AbortSignal): Promise<Permission> => {
    const { runner, session } = turn;
    if (!runner.home.tables.get('routes', session.node))
      return { decision: 'rejected', reason: 'the policy of this node is not known here' };
    const has = (operation: CallOperation) => ruleOf(runner, session, operation) !== undefined;
    const isOfWrites = said.isAway && !has('command.run') && has('file.write');
    const asked: PermissionRequest = isOfWrites ? { ...said, operation: 'file.write' } : said;
    const { operation } = asked;
    const rule = ruleOf(runner, session, operation);
    if (!rule) return { decision: 'approved', reason: `${operation} needs no approval here` };
    const hole = unenforced(engine, operation);
    if (hole !== null) return { decision: 'rejected', reason: hole };
    // Words alone are asked about once, when what they stand for is here
    if (asked.isThrough && (asked.binding === 'described' || bindsLess(asked, rule))) return DEFERRED;
    const permission = await askCall(turn, asked, rule, taken);
    if (permission.decision === 'approved' && asked.written) turn.signed.add(asked.written);
    return permission;
  };
