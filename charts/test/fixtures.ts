import { type Options, type Tree, UMBRELLA } from './helm.js';

const busy = {
  podAnnotations: { 'example.com/owner': 'ml-team' },
  podLabels: { team: 'ml' },
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'ml', effect: 'NoSchedule' }],
  priorityClassName: 'high',
  affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { team: 'ml' } },
    },
  ],
  extraEnv: [{ name: 'TZ', value: 'Europe/Berlin' }],
  extraEnvFrom: [{ secretRef: { name: 'settings', optional: true } }],
  extraVolumes: [{ name: 'cache', emptyDir: { sizeLimit: '1Gi' } }],
  extraVolumeMounts: [{ name: 'cache', mountPath: '/cache' }],
  serviceAccount: { annotations: { 'example.com/role': 'reader' } },
};

const outside = {
  ingress: {
    enabled: true,
    className: 'traefik',
    annotations: { 'example.com/owner': 'ml-team' },
    hosts: ['ml.example.com'],
    tlsSecretName: 'ml-tls',
  },
  httpRoute: { enabled: true, parentRefs: [{ name: 'public', namespace: 'gateways' }], hostnames: ['ml.example.com'] },
  metrics: {
    serviceMonitor: true,
    podMonitor: true,
    vmServiceScrape: true,
    interval: '30s',
    labels: { release: 'prometheus' },
  },
  networkPolicy: {
    clients: { namespaces: ['gateways'], cidrs: ['10.0.0.0/8', 'fd00::/8'] },
    metricsNamespaces: ['monitoring'],
    extraIngress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
    extraEgress: [{ to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [{ port: 4318 }] }],
  },
};

const dualStack = {
  annotations: { 'example.com/owner': 'ml-team' },
  ipFamilyPolicy: 'PreferDualStack',
  ipFamilies: ['IPv6', 'IPv4'],
};

const note = (about: string): Tree => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `notes-${about}`, namespace: 'lab' },
});

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
        ...outside,
        grpcRoute: { ...outside.httpRoute, annotations: { 'example.com/owner': 'ml-team' } },
        autoscaling: { enabled: true },
        service: { ...dualStack, type: 'NodePort', nodePort: 32199 },
        image: { tag: '1e7', digest: `sha256:${'a'.repeat(64)}` },
        auth: { existingSecret: 'keys' },
        modelVolume: { type: 'persistentVolumeClaim', claimName: 'models', subPath: 'served' },
        extraObjects: [note('inference')],
      },
      'victoria-metrics': {
        ...busy,
        ...outside,
        networkPolicy: { ...outside.networkPolicy, metricsNamespaces: undefined },
        extraObjects: [note('store')],
        scrape: {
          namespaces: ['ml-inference'],
          targets: [{ job: 'argocd', address: 'argocd-metrics.argocd.svc:8082' }],
          kubelet: { enabled: true },
        },
        alerts: { notifiers: ['http://alertmanager.monitoring.svc:9093'] },
        backup: { enabled: true, persistence: { storageClassName: 'local-path' } },
        persistence: { storageClassName: 'local-path' },
        service: { ...dualStack, type: 'NodePort', nodePort: 32428 },
      },
      grafana: {
        ...busy,
        ...outside,
        extraObjects: [note('boards')],
        admin: { existingSecret: 'grafana-admin' },
        service: { ...dualStack, type: 'NodePort', nodePort: 32300 },
      },
    },
  },
  'nothing kept': {
    values: { inference: { replicaCount: 1 }, 'victoria-metrics': { persistence: { enabled: false } } },
  },
  'samples being put back from outside': {
    values: {
      'victoria-metrics': {
        alerts: { enabled: false },
        backup: {
          enabled: true,
          restore: true,
          destination: 's3://backups/ml-platform',
          s3Endpoint: 'https://minio.example.com:9000',
          existingSecret: 'backup-credentials',
        },
      },
    },
  },
  'models from an image, scaled by the queue': {
    values: {
      inference: {
        autoscaling: { enabled: true, queue: { enabled: true } },
        modelVolume: { type: 'image', image: { repository: 'brolly/models', tag: 'v1' } },
        check: { enabled: false },
        config: { metrics: { port: 9100 } },
      },
    },
  },
  'models fetched at the start, no policies': {
    values: {
      inference: {
        modelVolume: { type: 'initContainer', command: ['cp', '-r', '/models/.', '/models/extra'] },
        networkPolicy: { enabled: false },
        preStopSleepSeconds: 0,
      },
      'victoria-metrics': { networkPolicy: { enabled: false } },
      grafana: { networkPolicy: { enabled: false } },
    },
  },
};
