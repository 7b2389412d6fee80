import type { LoadedEnvironment, Path } from './model.js';
import type { Problem } from './validate.js';

/** A rule over several values of one environment, which no schema can state. */
export interface Rule {
  readonly name: string;
  /** What the rule asks for and why, as reports explain it. */
  readonly description: string;
  readonly check: (environment: LoadedEnvironment) => readonly Omit<Problem, 'severity' | 'code' | 'of'>[];
}

const replicas: Path = ['inference', 'replicas'];
const autoscaling: Path = ['inference', 'autoscaling'];

export const RULES: readonly Rule[] = [
  {
    name: 'min-above-max',
    description: 'The fewest pods are at most the most pods. No HorizontalPodAutoscaler is accepted otherwise.',
    check: ({ environment: { inference } }) => {
      const { minReplicas: min, maxReplicas: max } = inference.autoscaling ?? { minReplicas: 0, maxReplicas: 0 };
      if (min <= max) return [];
      return [
        {
          at: [...autoscaling, 'minReplicas'],
          message: `minReplicas (${String(min)}) is above maxReplicas (${String(max)})`,
          hint: `give at most ${String(max)}, or raise maxReplicas`,
        },
      ];
    },
  },
  {
    name: 'replicas-with-autoscaling',
    description: 'Either a person or the autoscaler decides how many pods there are. Leave one of the two out.',
    check: ({ environment: { inference } }) => {
      if (inference.replicas === undefined || inference.autoscaling === undefined) return [];
      return [
        {
          at: replicas,
          message: 'a fixed number of replicas has no effect while autoscaling decides',
          hint: 'remove "replicas", or remove "autoscaling"',
        },
      ];
    },
  },
  {
    name: 'namespaces-equal',
    description: 'Every component has a namespace of its own. Two applications in one would prune each other.',
    check: ({ environment: { namespaces } }) => {
      const seen = new Map<string, string>();
      return Object.entries(namespaces).flatMap(([key, namespace]) => {
        const other = seen.get(namespace);
        seen.set(namespace, key);
        if (other === undefined) return [];
        return [
          {
            at: ['namespaces', key],
            message: `"${key}" and "${other}" are both the namespace ${namespace}`,
            hint: 'give each of them a namespace of its own',
          },
        ];
      });
    },
  },
];

/** Every problem that any rule finds in an environment. */
export function checkRules(environment: LoadedEnvironment): Problem[] {
  return RULES.flatMap(({ name, check }) =>
    check(environment).map((problem): Problem => ({ severity: 'error', code: name, of: 'value', ...problem })),
  );
}
