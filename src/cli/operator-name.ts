/** The name of an operator: part of a path and of a file name, so it is checked before either. */
import { EntangleError } from '../core/errors.ts';

export const operatorName = (given: string): string => {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(given)) return given;
  throw new EntangleError('usage', `"${given.slice(0, 80)}" cannot name an operator`, {
    hint: 'use small letters, digits, - and _, at most 63',
  });
};
