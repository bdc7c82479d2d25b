/** What somebody who helps needs to know of this machine and its homes: nothing that opens or signs anything, and no words of people. */
import { homedir } from 'node:os';
import * as Args from '@oclif/core/args';
import { createWhole } from '../../adapters/system/files.ts';
import { safeJson } from '../../core/encoding/sanitize.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Tables } from '../../core/projection/rows.ts';
import { newFile } from '../kit/new-file.ts';
import { readPackage } from '../kit/package-file.ts';
import { counted, pairs } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { checkLedger, type LedgerCheck } from '../wiring/check-ledger.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import type { KeyOptions } from '../wiring/key-stores.ts';
import { type Diagnosis, diagnose } from './doctor.ts';
import { type HomePlace, type HomeSettings, placesIn, settingsOf } from './homes.ts';

export const bundleArg = Args.string({ description: 'file to create; none is written over', required: true });

/** Keys of the bundle, and what each is, for whoever reads it before it is sent. */
const CONTENTS = {
  program: 'version of entangle and of Node, platform',
  doctor: 'what `entangle doctor` found, with paths and public keys',
  homes:
    'of each home its settings without what an invite left there, whether its ledger is whole, and how many there are of what: messages by type, sessions and approvals by state, refused messages by reason',
} as const;
const NOT_IN =
  'keys, tokens, passphrases, secrets, invites; tasks, reasons and what agents said; contents of repositories; logs';

type Counts = Readonly<Record<string, number>>;
type HomeReport = {
  home: string;
  settings: object | string;
  ledger: LedgerCheck | string;
  counts: { messages: Counts; sessions: Counts; approvals: Counts; refused: Counts } | string;
};
type SupportBundle = {
  made: string;
  contents: typeof CONTENTS;
  notIn: string;
  program: { version: string; node: string; platform: string };
  doctor: Diagnosis;
  homes: HomeReport[];
};
export type WrittenBundle = { file: string; homes: number; problems: number; contents: readonly string[] };

/** What an invite left, and what lets somebody in: no help to anybody. */
const LEFT_OUT: ReadonlySet<string> = new Set(['invite', 'ticket', 'bootstrap']);
/** Why there is a legal hold is in somebody's words: how many there are says why nothing is pruned. */
const shownSettings = (settings: HomeSettings): object => ({
  ...Object.fromEntries(Object.entries(settings).filter(([name]) => !LEFT_OUT.has(name))),
  ...('holds' in settings && { holds: settings.holds?.length }),
});

const countsOf = (tables: Tables): HomeReport['counts'] => {
  const by = <T>(
    rows: readonly T[],
    name: (row: T) => string,
    many: (row: T) => number = () => 1,
  ): Counts => {
    const counts: Record<string, number> = {};
    for (const row of rows) counts[name(row)] = (counts[name(row)] ?? 0) + many(row);
    return counts;
  };
  return {
    messages: by(tables.list('messages'), ({ type, dir }) => `${dir} ${type}`),
    sessions: by(tables.list('sessions'), ({ state }) => state),
    approvals: by(tables.list('approvals'), ({ state }) => state),
    refused: by(
      tables.list('rejects'),
      ({ reason }) => reason,
      ({ count }) => count,
    ),
  };
};

/** Of a home that cannot be read, why: that is what somebody needs help with. */
const orWhy = <T>(look: Promise<T>): Promise<T | string> =>
  look.catch((error: unknown) => {
    if (error instanceof EntangleError) return error.message;
    throw error;
  });

const reportOf = async (place: HomePlace, progress: (text: string) => void): Promise<HomeReport> => ({
  home: place.name,
  settings: await orWhy(settingsOf(place).then(shownSettings)),
  ledger: await orWhy(checkLedger(place.directory, 'name another home with --home', progress)),
  counts: await orWhy(foldedTables(place.directory).then(countsOf)),
});

/** Who the person is on this machine is in many paths; what lets somebody in at a relay may be in the query of its address. */
const withoutOwner = (text: string): string => {
  const home = homedir();
  const shown = text.replace(/(wss?:\/\/[^\s"?]*\?)[^\s"]*/g, '$1…');
  return home.length > 1 ? shown.replaceAll(`${home}/`, '~/') : shown;
};

export const writeSupportBundle = async (
  root: string,
  paths: HomePaths,
  given: string,
  { progress, ...options }: KeyOptions & { progress: (text: string) => void },
): Promise<WrittenBundle> => {
  const file = (await newFile(given))!;
  const doctor = await diagnose(root, paths, options);
  const homes: HomeReport[] = [];
  for (const place of placesIn(paths)) {
    progress(`${place.name}: its ledger is verified`);
    homes.push(await reportOf(place, progress));
  }
  const { version } = readPackage(root);
  const platform = `${process.platform} ${process.arch}`;
  const bundle: SupportBundle = {
    ...{ made: isoTime(Date.now()), contents: CONTENTS, notIn: NOT_IN },
    program: { version, node: process.versions.node, platform },
    ...{ doctor, homes },
  };
  await createWhole(file, Buffer.from(`${withoutOwner(safeJson(bundle, 2))}\n`));
  const { problems } = doctor;
  return { file, homes: homes.length, problems, contents: Object.values(CONTENTS) };
};

export const writtenBundleText = ({ file, homes, problems, contents }: WrittenBundle): string =>
  `${pairs([
    ['file', file],
    ['homes', `${homes}`],
    ['found', `${counted(problems, 'problem')} by \`entangle doctor\``],
  ])}\nin it: ${contents.join('; ')}\nnot in it: ${NOT_IN}\nread it before you send it`;
