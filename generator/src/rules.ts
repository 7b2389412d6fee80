import { namesEqual, namespacesEqual, nodePortRange, nodePortTaken } from './rules/cluster.js';
import {
  budgetBlocksDrain,
  graceTooShort,
  minAboveMax,
  probeTimeout,
  replicasUndecided,
  replicasWithAutoscaling,
} from './rules/pods.js';
import { digestRequired, metricsNotKept, openToEveryone } from './rules/production.js';
import { requestAboveLimit, retentionAboveVolume, scrapeTimeout } from './rules/resources.js';
import type { Breach, Rule, Subject } from './rules/rule.js';

/**
 * What has to hold between several values of an environment. Each rule goes by the names that charts commonly give such
 * values, wherever they stand, so that it holds for any chart; where a chart has none of them, it has nothing to say.
 */
export const RULES: readonly Rule[] = [
  namespacesEqual,
  namesEqual,
  nodePortRange,
  nodePortTaken,
  minAboveMax,
  replicasWithAutoscaling,
  replicasUndecided,
  budgetBlocksDrain,
  graceTooShort,
  probeTimeout,
  requestAboveLimit,
  scrapeTimeout,
  retentionAboveVolume,
  digestRequired,
  metricsNotKept,
  openToEveryone,
];

/** Everything that any rule finds in an environment, with the name of the rule as its code. */
export function checkRules(subject: Subject): (Breach & { readonly code: string })[] {
  return RULES.flatMap(({ name, check }) => check(subject).map((breach) => ({ code: name, ...breach })));
}
