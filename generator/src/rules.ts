import type { Environment } from './generated/environment.js';
import type { Images } from './generated/image.js';
import type { Json, JsonObject, Path } from './model.js';
import type { Problem } from './validate.js';

/** What a rule looks at: the checked input of one environment, and the values that follow from it. */
export interface Subject {
  readonly name: string;
  /** In a repository whose environments have a schema of their own, any part may be absent. */
  readonly environment: DeepPartial<Environment>;
  readonly images: DeepPartial<Images>;
  readonly values: JsonObject;
}

type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

/** A problem and the document that its path is of; it is shown where a person wrote the value. */
export interface RuleProblem extends Omit<Problem, 'severity' | 'code' | 'of'> {
  /** Default: environment. */
  readonly in?: 'environment' | 'images' | 'values';
}

/** A rule over several values of one environment, which no schema can state. */
export interface Rule {
  readonly name: string;
  readonly severity?: 'warning';
  readonly check: (subject: Subject) => readonly RuleProblem[];
}

const replicas: Path = ['inference', 'replicas'];
const autoscaling: Path = ['inference', 'autoscaling'];

export const RULES: readonly Rule[] = [
  {
    name: 'min-above-max',
    check: ({ environment: { inference } }) => {
      const { minReplicas: min = 0, maxReplicas: max = min } = inference?.autoscaling ?? {};
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
    check: ({ environment: { inference } }) => {
      if (inference?.replicas === undefined || inference.autoscaling === undefined) return [];
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
    check: ({ environment: { namespaces } }) => {
      const seen = new Map<string, string>();
      return Object.entries(namespaces ?? {}).flatMap(([key, namespace]) => {
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
  {
    name: 'node-port-twice',
    check: ({ values }) => {
      const seen = new Map<Json, Path>();
      return nodePorts(values, []).flatMap(({ at, port }): RuleProblem[] => {
        const other = seen.get(port);
        seen.set(port, at);
        if (other === undefined) return [];
        return [
          {
            in: 'values',
            at,
            message: `node port ${String(port)} is used twice: by ${other.join('.')} and by ${at.join('.')}`,
            hint: 'a node has each port once; choose another from 30000 to 32767',
          },
        ];
      });
    },
  },
];

/** Every node port that the values of any chart ask for. */
function nodePorts(values: Json, at: Path): { at: Path; port: number }[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    const path = [...at, Array.isArray(values) ? Number(key) : key];
    return key === 'nodePort' && typeof value === 'number' ? [{ at: path, port: value }] : nodePorts(value, path);
  });
}

type LocatedProblem = Problem & Pick<RuleProblem, 'in'>;

/** Every problem that any rule finds in an environment. */
export function checkRules(subject: Subject): LocatedProblem[] {
  return RULES.flatMap((rule) => {
    const common = { severity: rule.severity ?? 'error', code: rule.name, of: 'value' } as const;
    return rule.check(subject).map((problem): LocatedProblem => ({ ...common, ...problem }));
  });
}
