import { isObject, formatPath } from '../model.js';
import { partsWith, podsOf, type Rule } from './rule.js';

export const minAboveMax: Rule = {
  name: 'min-above-max',
  description: 'The fewest pods are at most the most pods. No HorizontalPodAutoscaler is accepted otherwise.',
  check: ({ values }) =>
    partsWith(values, 'minReplicas').flatMap(({ at, part: { minReplicas: min, maxReplicas: max } }) => {
      if (typeof min !== 'number' || typeof max !== 'number' || min <= max) return [];
      return [
        {
          at: [...at, 'minReplicas'],
          with: [[...at, 'maxReplicas']],
          message: `minReplicas (${String(min)}) is above maxReplicas (${String(max)})`,
          hint: `give at most ${String(max)}, or raise maxReplicas`,
        },
      ];
    }),
};

export const replicasWithAutoscaling: Rule = {
  name: 'replicas-with-autoscaling',
  description: 'Either a person or the autoscaler decides how many pods there are. Leave one of the two out.',
  check: ({ values, isWritten }) =>
    partsWith(values, 'autoscaling').flatMap(({ at, part }) => {
      const key = 'replicaCount' in part ? 'replicaCount' : 'replicas';
      const scaled = isObject(part.autoscaling) && part.autoscaling.enabled === true;
      if (!scaled || !(key in part) || !isWritten([...at, key])) return [];
      return [
        {
          at: [...at, key],
          message: 'a fixed number of replicas has no effect while autoscaling decides',
          hint: 'remove "replicas", or remove "autoscaling"',
        },
      ];
    }),
};

export const replicasUndecided: Rule = {
  name: 'replicas-undecided',
  description:
    'Without autoscaling somebody decides how many pods there are. A default of several is a number that nobody chose for this cluster.',
  check: ({ values, environment, isWritten }) =>
    partsWith(values, 'autoscaling').flatMap(({ at, part }) => {
      const pods = podsOf(part);
      const fixed = isObject(part.autoscaling) && part.autoscaling.enabled === false && 'replicaCount' in part;
      if (pods === undefined || !fixed || pods.most < 2 || isWritten([...at, 'replicaCount'])) return [];
      return [
        {
          severity: environment.production === true ? 'error' : 'warning',
          at: [...at, 'replicaCount'],
          message: `${formatPath(at)} runs ${String(pods.most)} pods, and nobody says so: it is only the chart's default`,
          hint: 'give "replicas", or "autoscaling" with its bounds',
        },
      ];
    }),
};

export const budgetBlocksDrain: Rule = {
  name: 'budget-blocks-drain',
  description:
    'A PodDisruptionBudget lets at least one pod go. Otherwise no node that runs one can be drained, so no node can be upgraded.',
  check: ({ values }) =>
    [...partsWith(values, 'podDisruptionBudget'), ...partsWith(values, 'pdb')].flatMap(({ at, part }) => {
      const budget = part.podDisruptionBudget ?? part.pdb;
      const pods = podsOf(part);
      if (!isObject(budget) || budget.enabled === false || pods === undefined || pods.fewest === 0) return [];
      const { minAvailable: least, maxUnavailable: gone } = budget;
      const path = [...at, 'podDisruptionBudget' in part ? 'podDisruptionBudget' : 'pdb'];
      if (gone === 0 || gone === '0%') {
        const message = 'maxUnavailable 0 keeps every node that runs a pod from being drained';
        return [{ at: [...path, 'maxUnavailable'], message, hint: 'give at least 1' }];
      }
      if (least !== '100%' && !(typeof least === 'number' && least >= pods.fewest)) return [];
      return [
        {
          at: [...path, 'minAvailable'],
          with: [
            [...at, 'replicaCount'],
            [...at, 'autoscaling', 'minReplicas'],
          ],
          message: `minAvailable ${String(least)} of ${String(pods.fewest)} pods keeps every node that runs one from being drained`,
          hint: `give less than ${String(pods.fewest)}, or maxUnavailable: 1 instead`,
        },
      ];
    }),
};

export const graceTooShort: Rule = {
  name: 'grace-too-short',
  description:
    'The kubelet waits longer for a pod to end than the pod takes to. Otherwise it is killed with requests under way.',
  check: ({ values }) =>
    partsWith(values, 'terminationGracePeriodSeconds').flatMap(
      ({ at, part: { terminationGracePeriodSeconds: grace, config } }) => {
        const { delaySeconds: delay, timeoutSeconds: timeout } =
          isObject(config) && isObject(config.shutdown) ? config.shutdown : {};
        if (typeof grace !== 'number' || typeof delay !== 'number' || typeof timeout !== 'number') return [];
        if (grace > delay + timeout) return [];
        return [
          {
            at: [...at, 'terminationGracePeriodSeconds'],
            with: [
              [...at, 'config', 'shutdown', 'timeoutSeconds'],
              [...at, 'config', 'shutdown', 'delaySeconds'],
            ],
            message: `the pod is killed after ${String(grace)} s, but takes up to ${String(delay + timeout)} s to end (shutdown.delaySeconds and timeoutSeconds)`,
            hint: `give terminationGracePeriodSeconds more than ${String(delay + timeout)}`,
          },
        ];
      },
    ),
};

export const probeTimeout: Rule = {
  name: 'probe-timeout',
  description:
    'A probe is answered or given up before the next one starts. Otherwise a slow pod gets ever more of them.',
  check: ({ values }) =>
    partsWith(values, 'periodSeconds').flatMap(({ at, part: { periodSeconds: period, timeoutSeconds: timeout } }) => {
      if (typeof period !== 'number' || typeof timeout !== 'number' || timeout <= period) return [];
      return [
        {
          severity: 'warning',
          at: [...at, 'timeoutSeconds'],
          with: [[...at, 'periodSeconds']],
          message: `a probe may take ${String(timeout)} s, but the next one starts after ${String(period)} s`,
          hint: `give timeoutSeconds at most ${String(period)}`,
        },
      ];
    }),
};
