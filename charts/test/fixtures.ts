import { type Options, UMBRELLA } from './helm.js';

const busy = {
  podAnnotations: { 'example.com/owner': 'ml-team' },
  podLabels: { team: 'ml' },
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'ml', effect: 'NoSchedule' }],
  priorityClassName: 'high',
};

/** Renderings that between them take every branch of every template. */
export const RENDERINGS: Record<string, Options> = {
  defaults: {},
  'component inference': { release: 'inference', files: [`${UMBRELLA}/components/inference.yaml`] },
  'component monitoring': { release: 'monitoring', files: [`${UMBRELLA}/components/monitoring.yaml`] },
  'everything set': {
    values: {
      global: { imageRegistry: 'registry.example.com', imagePullSecrets: ['ghcr-auth'] },
      inference: {
        ...busy,
        autoscaling: { enabled: true },
        service: { type: 'NodePort', nodePort: 32199 },
        image: { tag: '1e7', digest: `sha256:${'a'.repeat(64)}` },
        extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=192' }],
      },
      'victoria-metrics': {
        ...busy,
        scrape: { namespaces: ['ml-inference'] },
        persistence: { storageClassName: 'local-path' },
        service: { type: 'NodePort', nodePort: 32428 },
      },
      grafana: {
        ...busy,
        admin: { existingSecret: 'grafana-admin' },
        service: { type: 'NodePort', nodePort: 32300 },
      },
    },
  },
  'nothing kept': {
    values: { inference: { replicaCount: 1 }, 'victoria-metrics': { persistence: { enabled: false } } },
  },
};
