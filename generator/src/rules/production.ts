import { isObject } from '../model.js';
import { partsWith, type Rule } from './rule.js';

export const digestRequired: Rule = {
  name: 'digest-required',
  description:
    'In production every image that the pipeline delivers has a digest. A tag may be moved to another build; a digest cannot.',
  check: ({ environment, images }) => {
    if (environment.production !== true) return [];
    return Object.entries(images).flatMap(([name, image]) => {
      if (!isObject(image) || typeof image.digest === 'string') return [];
      return [
        {
          in: 'images',
          at: [name, 'digest'],
          message: `the image "${name}" has no digest, which production asks for`,
          hint: `brolly image ENV ${name} --tag TAG --digest sha256:… (registries and \`docker buildx imagetools inspect\` tell it)`,
        },
      ];
    });
  },
};

export const metricsNotKept: Rule = {
  name: 'metrics-not-kept',
  description: 'In production metrics outlive the pod that stores them. Without a volume a restart loses all of them.',
  check: ({ environment, values }) => {
    if (environment.production !== true) return [];
    return partsWith(values, 'retentionPeriod').flatMap(({ at, part: { retentionPeriod, persistence } }) => {
      if (retentionPeriod === undefined || !isObject(persistence) || persistence.enabled !== false) return [];
      return [
        {
          severity: 'warning',
          at: [...at, 'persistence', 'enabled'],
          with: [[...at, 'retentionPeriod']],
          message: 'metrics live as long as the pod that stores them, in production',
          hint: 'give a volume: "storage" in environment.yaml',
        },
      ];
    });
  },
};

export const openToEveryone: Rule = {
  name: 'open-to-everyone',
  description:
    'What has no login is reached from inside the cluster only. Give it a Secret with a login before it gets an address outside.',
  check: ({ values }) =>
    partsWith(values, 'admin').flatMap(({ at, part: { admin, service } }) => {
      if (!isObject(admin) || admin.existingSecret !== '' || !isObject(service) || service.type === 'ClusterIP')
        return [];
      if (typeof service.type !== 'string') return [];
      return [
        {
          severity: 'warning',
          at: [...at, 'service', 'type'],
          with: [[...at, 'admin', 'existingSecret']],
          message: `whoever reaches a ${service.type} of the cluster sees this without a login`,
          hint: `name a Secret in ${[...at, 'admin', 'existingSecret'].join('.')}, or keep the type ClusterIP`,
        },
      ];
    }),
};
