/** The program that git starts for a password; see askpass.ts. */
import { runAskpass } from './askpass.ts';

runAskpass(process.argv.slice(2), (text) => process.stdout.write(text)).then((code) => {
  process.exitCode = code;
});
