import { describe, expect, test } from 'vitest';
import { HELM, HELM3, template } from './helm.js';
import { withValue } from './schema.js';

/** What must be refused: a key, its value, and the part of the message that names the fault (by default the key itself). */
const INVALID: [key: string, value: unknown, named?: string][] = [
  ['global.imageRegistri', 'x', 'imageRegistri'],
  ['global.imagePullSecrets', 'ghcr-auth'],
  ['inference.replicas', 3, 'replicas'],
  ['inference.enabled', 'yes'],
  ['inference.replicaCount', '2'],
  ['inference.replicaCount', -1],
  ['inference.replicaCount', 1.5],
  ['inference.image.tag', 1234567],
  ['inference.image.tag', 'not a tag'],
  ['inference.image.digest', 'sha256:abc'],
  ['inference.image.pullPolicy', 'Sometimes'],
  ['inference.autoscaling.targetCPUUtilizationPercentage', 0],
  ['inference.autoscaling', { enabled: true, minReplicas: 6 }, 'autoscaling.minReplicas (6) must not exceed'],
  ['inference.autoscaling.cpu', 70, 'cpu'],
  ['inference.service.port', 65536],
  ['inference.service.nodePort', 29999],
  ['inference.config.logLevel', 'verbose'],
  ['inference.config.port', 80],
  ['inference.config.loglevel', 'info', 'loglevel'],
  ['inference.config.limits.batchItems', 0],
  ['inference.config.shutdown.timeoutSeconds', 60, 'config.shutdown.timeoutSeconds (68)'],
  ['inference.terminationGracePeriodSeconds', 28, 'terminationGracePeriodSeconds (28) must exceed'],
  ['inference.preStopSleepSeconds', 15, 'preStopSleepSeconds'],
  ['inference.ingress', { enabled: true }, 'ingress.hosts'],
  ['inference.ingress.hosts', ['not a host'], 'ingress.hosts.0'],
  ['inference.ingress', { enabled: true, hosts: ['a.example.com'] }, 'networkPolicy.clients'],
  ['inference.httpRoute', { enabled: true }, 'httpRoute'],
  ['inference.httpRoute', { enabled: true, parentRefs: [{ name: 'public' }] }, 'networkPolicy.clients'],
  ['inference.grpcRoute', { enabled: true }, 'grpcRoute'],
  ['inference.grpcRoute', { enabled: true, parentRefs: [{ name: 'public' }] }, 'networkPolicy.clients'],
  ['inference.modelVolume', { type: 'persistentVolumeClaim' }, 'claimName'],
  ['inference.modelVolume', { type: 'initContainer' }, 'command'],
  ['inference.modelVolume.type', 'hostPath'],
  ['inference.networkPolicy.clients.cidrs', ['10.0.0.0'], 'networkPolicy.clients.cidrs.0'],
  ['inference.networkPolicy.clients.namespaces', ['*'], 'networkPolicy.clients.namespaces.0'],
  ['inference.service.ipFamilies', ['IPv5'], 'service.ipFamilies.0'],
  ['inference.podDisruptionBudget.maxUnavailable', 0],
  ['inference.extraLabels', { 'helm.sh/chart': 'x' }, 'helm.sh.chart'],
  ['inference.metrics.interval', '15', 'metrics.interval'],
  ['inference.resources.limits.memory', '512'],
  ['inference.resources.limits.cpu', '1core'],
  ['inference.podLabels', { 'app.kubernetes.io/name': 'x' }, 'app.kubernetes.io.name'],
  ['inference.podAnnotations', { 'prometheus.io/port': '1' }, 'prometheus.io.port'],
  ['inference.extraEnv', [{ name: 'CPU_LIMIT', value: '1' }], 'extraEnv.0.name'],
  ['inference.extraEnv', [{ value: '1' }], 'extraEnv.0'],
  ['inference.tolerations', [{ effect: 'NoRun' }], 'tolerations.0.effect'],
  ['inference.probes.liveness.periodSeconds', 0],
  ['victoria-metrics.retentionPeriod', 7],
  ['victoria-metrics.retentionPeriod', '7'],
  ['victoria-metrics.scrape.interval', '15'],
  ['victoria-metrics.scrape.namespaces', ['a', 'a']],
  ['victoria-metrics.scrape.namespaces', ['Not_A_Namespace'], 'scrape.namespaces.0'],
  ['victoria-metrics.persistence.size', '5GB'],
  ['victoria-metrics.scrape.targets', [{ job: 'a', address: 'no-port' }], 'scrape.targets.0.address'],
  ['victoria-metrics.scrape.kubelet.insecureSkipVerify', 'yes'],
  ['victoria-metrics.limits.hourlySeries', 0],
  ['victoria-metrics.alerts.notifiers', ['alertmanager:9093'], 'alerts.notifiers.0'],
  ['victoria-metrics.backup.schedule', 'tomorrow'],
  ['victoria-metrics.backup.destination', '/mnt/backup'],
  ['victoria-metrics.backup', { restore: true }, 'backup.restore needs backup.enabled'],
  ['victoria-metrics.fullnameOverride', 'x'.repeat(53)],
  ['grafana.datasource.url', 'store:8428'],
  ['grafana.admin.password', 'secret', 'password'],
];

describe.each([
  ['the Helm under test', HELM],
  ['Helm 3 (skipped without a Helm 3: see HELM3)', HELM3],
])('refused by %s', (_, helm) => {
  test.skipIf(!helm).each(INVALID)('%s: %j', (key, value, named) => {
    // Helm 3 writes a path with dots and Helm 4 with slashes, both below the name of the chart.
    const message = template({ values: withValue({}, key, value), helm: helm ?? '' }).error.replaceAll('/', '.');
    const [chart = '', ...path] = key.split('.');
    expect(message).toContain(named ?? (chart === 'global' ? key : path.join('.')));
    if (chart !== 'global') expect(message).toContain(chart);
  });
});
