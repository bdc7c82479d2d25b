/** Operators whom a key of their own makes known: it signs each request, and is nobody's in the federation. */
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import type { OperatorRole } from '../../core/vocabulary.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import {
  type KnownOperator,
  operatorInForce,
  operatorsOf,
  requireUnused,
  showOperator,
} from './operators.ts';

type Enrolled = { name: string; role: OperatorRole; pubkey: string; expiresAt: number | null };

/** Decided inside the append: of two that want a name or a key one gets it. */
export const enrolOperator = async (host: Host, wanted: Enrolled, by: string): Promise<OperatorView> => {
  const { home } = host;
  if (wanted.expiresAt !== null && wanted.expiresAt <= nowSeconds(home))
    throw new EntangleError('invalid', 'the key would already be expired');
  await home.ledger.append(() => {
    requireUnused(operatorsOf(home), { name: wanted.name, sha256: null });
    requireFreeKey(host, wanted.pubkey);
    return [{ dir: 'local', event: recordOf(home, 'operator.enrolled', { ...wanted, by }) }];
  });
  return showOperator(host, wanted.name);
};

/** One key, one role: whoever holds that of a person or a runner must not govern by it, nor the other way round. */
const requireFreeKey = ({ home, recovery }: Host, pubkey: string): void => {
  const isRecovery = toHex(home.suite.sha256(fromHex(pubkey))) === recovery;
  const role =
    pubkey === home.host ? 'host' : isRecovery ? 'recovery' : home.tables.get('keys', pubkey)?.role;
  if (role === undefined) return;
  throw new EntangleError('conflict', `this key is known in another role (key_reuse): ${ROLE_WORDS[role]}`, {
    hint: 'make one for this alone: `entangle host operator keygen FILE`',
  });
};

const ROLE_WORDS = {
  ...{ host: 'it is the Host’s', recovery: 'it is the recovery key', runner: 'it is a runner’s' },
  ...{
    user: 'it is a person’s',
    node: 'it is an agent’s',
    operator: 'it belongs or belonged to an operator',
  },
} as const;

/** The operator of that key, as long as they may call. */
export const operatorOfKey = (home: Home, pubkey: string): KnownOperator | null => {
  const row = home.tables.list('operator_keys', { pubkey })[0];
  return row ? operatorInForce(home, row.name) : null;
};
