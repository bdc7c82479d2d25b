/** Another key for the log of a Host that is not running: on record, and said to whoever goes by the one of before. */
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { logOrigin, verifierKey } from '../../core/ledger/note.ts';
import { rotateLogKey } from '../../services/host/log-key.ts';
import type { Home } from '../../services/messaging/home.ts';
import { requireUnfenced } from '../../services/messaging/host-conflict.ts';
import { hostConfig } from '../../services/setup/config.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { hostName, passphraseFile, yes } from '../kit/flags.ts';
import { counted, pairs } from '../kit/render.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { NO_HOST } from '../wiring/missing-home.ts';
import { serveHost } from '../wiring/named-host.ts';
import { openHome } from '../wiring/open-home.ts';
import { requireInPlace } from '../wiring/take-over.ts';

export const rotateKeyFlags = { host: hostName, 'passphrase-file': passphraseFile, yes };

/** `from` and `to` in hex; `lines`: of the last head that `from` signed. `verifier`: of `to`, as witnesses of such logs take it. */
export type RotatedKey = {
  graph: string;
  from: string;
  to: string;
  lines: number;
  until: string;
  record: string;
  verifier: string;
  /** For `.entangle/trust.yaml`. */
  retired: string;
  next: string[];
};
type Given = { yes: boolean; 'no-input': boolean; 'passphrase-file'?: string | undefined };

export const rotateAuditKey = async (
  directory: string,
  given: Given,
  log: Home['log'],
): Promise<RotatedKey> => {
  const config = await requireConfig(directory, hostConfig, NO_HOST);
  const keys = { passphraseFile: given['passphrase-file'], input: !given['no-input'] };
  const owner = 'entangle host audit rotate-key';
  const opened = await openHome(directory, config, { ...keys, mode: 'exclusive', owner, log });
  try {
    await requireInPlace(directory);
    requireUnfenced(opened.home);
    if (!given.yes)
      await confirmOrStop(
        given['no-input'],
        `Give the log of ${config.graph} another key? Whoever goes by the present one has to be told.`,
      );
    const { from, to, size, until, event } = await rotateLogKey(opened.home, opened.keys, systemRandom);
    return {
      ...{ graph: config.graph, from, to, lines: size, until: isoTime(until * 1000), record: event },
      verifier: verifierKey(suiteWasm.sha256, logOrigin(config.graph), to),
      retired: `retired: [{ log: ${from}, lines: ${size}, until: ${until} }]`,
      next: [serveHost(directory)],
    };
  } finally {
    await opened.close();
  }
};

export const rotatedKeyText = ({
  from,
  to,
  lines,
  until,
  record,
  verifier,
  retired,
  next,
}: RotatedKey): string =>
  [
    pairs([
      ['old key', `${from}, which signed ${counted(lines, 'line')} last, until ${until}`],
      ['new key', to],
      ['record', record],
      ['for witnesses', verifier],
    ]),
    'What the old key signed until then stays good. Members, runners and kept checkpoints go on by themselves.',
    `Tell who checks commits: on the base branch, in .entangle/trust.yaml, it is\n  ${retired}`,
    `Next: ${next.join(', ')}`,
  ].join('\n');
