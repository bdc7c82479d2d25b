/** The operator token of the environment: taken once, and then in no environment that a child could get. */
import { EntangleError } from '../../core/errors.ts';
import { isToken } from '../../core/host-api/token.ts';

const VARIABLE = 'ENTANGLE_HOST_OPERATOR_TOKEN';

/** What this process was given, once it was looked for. */
export const OPERATOR_VARIABLE: { taken: string | undefined } = { taken: undefined };

/** Undefined where the variable is not set; a token that nobody should rely on is refused, not passed over. */
export const operatorVariable = (): string | undefined => {
  const given = process.env[VARIABLE];
  if (given !== undefined) {
    delete process.env[VARIABLE];
    OPERATOR_VARIABLE.taken = given.trim();
  }
  const { taken } = OPERATOR_VARIABLE;
  if (taken !== undefined && !isToken(taken))
    throw new EntangleError('invalid', `${VARIABLE} is ${taken === '' ? 'empty' : 'no operator token'}`, {
      hint: 'set it to 32 to 256 random letters and digits (`openssl rand -hex 32`), or unset it',
    });
  return taken;
};
