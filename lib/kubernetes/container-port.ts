import { type Rule, wholeNumber } from '../options/rules.js';

/** A port that Kubernetes can probe. */
export const containerPort: Rule = wholeNumber(1, 65_535);

// As Kubernetes has it: at most 15 of a-z, 0-9 and single hyphens within, one letter at least.
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;

export const containerPortOrName: Rule = {
  allowed: `${containerPort.allowed}, or the name of a container port, such as 'http'`,
  accepts: (value) =>
    containerPort.accepts(value) || (typeof value === 'string' && PORT_NAME.test(value)),
};
