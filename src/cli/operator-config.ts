/** The operators in the config of a Host's home. */
import { canonicalize } from '../core/canonical.ts';
import { EntangleError } from '../core/errors.ts';
import { hostConfig } from '../services/config.ts';
import type { Operator } from '../services/host/host.ts';
import { requireConfig, writeConfig } from './homes.ts';

/** Replaces only them. What somebody changed by hand meanwhile, a revocation perhaps, is not written over. */
export const saveOperators = async (
  directory: string,
  next: readonly Operator[],
  before: readonly Operator[],
): Promise<void> => {
  const hint = 'Put it right, or restart the Host, which reads it again; then repeat this.';
  const config = await requireConfig(directory, hostConfig, hint);
  if (canonicalize(config.operators) !== canonicalize(before))
    throw new EntangleError('conflict', 'the operators in config.yaml were changed while the Host runs', {
      hint,
    });
  await writeConfig(directory, { ...config, operators: [...next] });
};
