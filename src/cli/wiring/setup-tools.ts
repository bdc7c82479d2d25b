/** What making or joining a home needs, over this machine's adapters. */

import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import type { KeyStoreKind } from '../../core/vocabulary.ts';
import type { SetupTools } from '../../services/setup/setup.ts';
import { readConfig, writeConfig } from './home-config.ts';
import { keyStore } from './key-stores.ts';

export const setupTools = (
  directory: string,
  kind: KeyStoreKind,
  passphraseFile: string | undefined,
  input: boolean,
): SetupTools => ({
  directory,
  keys: keyStore(kind, directory, { passphraseFile, input }),
  suite: suiteWasm,
  random: systemRandom,
  clock: systemClock,
  makeDirectory: () => systemFiles.directory(directory),
  readConfig: () => readConfig(directory),
  writeConfig: (schema, value) => writeConfig(directory, schema, value),
});
