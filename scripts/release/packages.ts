/** The package for npm, and the list of everything that is in the program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Made, type Release, run } from './context.ts';

export const npmPackage = ({ out }: Release): Made => {
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out]),
  );
  return { file: filename };
};

type Component = { 'bom-ref': string; properties?: { name: string }[] };
type Bom = {
  serialNumber?: string;
  metadata: { timestamp?: string; component: { name: string } };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
};
const isOfDevelopment = ({ properties }: Component): boolean =>
  properties?.some(({ name }) => name === 'cdx:npm:package:development') ?? false;

/** CycloneDX, from the lock file; without the hour and the random number that would make two of one commit differ. */
export const billOfMaterials = ({ out }: Release): Made => {
  // Not by `--omit dev`, which leaves out also what a tool of development may use
  const all: Bom = JSON.parse(run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']));
  const left = new Set(all.components.filter(isOfDevelopment).map((one) => one['bom-ref']));
  const { serialNumber: _, ...bom } = all;
  delete bom.metadata.timestamp;
  // It has the name of the directory that it was made in
  bom.metadata.component.name = 'entangle';
  bom.components = bom.components.filter((one) => !left.has(one['bom-ref']));
  const kept = (ref: string): boolean => !left.has(ref);
  bom.dependencies = bom.dependencies
    .filter(({ ref }) => kept(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(kept) }));
  writeFileSync(join(out, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
  return { file: 'sbom.cdx.json' };
};
