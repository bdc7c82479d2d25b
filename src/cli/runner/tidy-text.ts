/** What `runner tidy` found and removed, as text. */
import type { TidyStays } from '../../core/command-words.ts';
import { counted, pairs, table } from '../kit/render.ts';
import type { TidiedRunner, TidyStore } from './tidy.ts';

const STAYS: Readonly<Record<TidyStays, string>> = {
  open: 'stays: its session goes on',
  recent: 'stays: its session was over not long enough ago',
  unknown: 'stays: it is of no session that is known here',
  served: 'stays: the runner that serves tidies it itself, each hour',
  needed: 'stays: it is used, young, or may be published again',
  failed: 'stays: it could not be removed',
};

const MIB = 1024 ** 2;
const sizeText = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

const storeText = ({ commits, isWhole }: TidyStore, verb: string): string =>
  isWhole ? verb : `${verb}: ${counted(commits, 'commit')} of it`;

export const tidyText = ({ isDryRun, isServed, places, stores, freed }: TidiedRunner): string => {
  const verb = isDryRun ? 'goes' : 'gone';
  const rows = [
    ...places.map(({ what, path, bytes, stays }) => [
      what,
      sizeText(bytes),
      stays ? STAYS[stays] : verb,
      path,
    ]),
    ...stores.map((one) => [
      'store',
      sizeText(one.bytes),
      one.stays ? STAYS[one.stays] : storeText(one, verb),
      one.path,
    ]),
  ];
  const facts = pairs([
    [
      isDryRun ? 'would free' : 'freed',
      `${isDryRun && stores.length > 0 ? 'at least ' : ''}${sizeText(freed)}`,
    ],
    ['served', isServed ? 'yes: its stores are left to the runner that serves' : 'no'],
  ]);
  return rows.length === 0 ? facts : `${table(['what', 'size', 'becomes', 'path'], rows)}\n\n${facts}`;
};
