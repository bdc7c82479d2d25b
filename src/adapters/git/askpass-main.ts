/** The program that git starts for a password; see askpass.ts. */
import { runAskpass } from './askpass.ts';

process.exitCode = await runAskpass(process.argv.slice(2), (text) => process.stdout.write(text));
