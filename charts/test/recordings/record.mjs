// Records what a cluster exposes while something happens on it, for tests and previews that have no cluster:
//
//   node charts/test/recordings/record.mjs SECONDS ARGOCD_METRICS_URL NAMESPACE...
//
// writes kubelet.txt (cAdvisor of every node, through the API server), argocd.txt (the application controller) and
// kube-state.txt beside itself. The last is in the form of kube-state-metrics but read from the objects of the API server,
// so that recording needs nothing installed. The label repo of Argo CD is left out: it names the machine. One line is one series: its name with labels, then its value at each step of
// STEP seconds, `-` where it was not there. Only the metrics and namespaces that dashboards show are kept.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const STEP = 10;
const KUBELET =
  /^container_(cpu_usage_seconds_total|cpu_cfs_(throttled_)?periods_total|memory_working_set_bytes|spec_(cpu_quota|cpu_period|memory_limit_bytes))\{/;
const ARGOCD = /^(argocd_app_(info|sync_total|reconcile_(bucket|count|sum))|workqueue_depth)\{/;

const [seconds, argocd, ...namespaces] = process.argv.slice(2);
const steps = Math.ceil(Number(seconds) / STEP);
const kubectl = (...args) => execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
const objects = (kind) =>
  namespaces.flatMap((namespace) => JSON.parse(kubectl('get', kind, '-n', namespace, '-o', 'json')).items);

/** Lines of an exposition that are worth keeping: [series, value]. */
function keep(text, metrics) {
  return text
    .split('\n')
    .filter((line) => metrics.test(line))
    .map((line) => /^(\S*\{.*\}) (\S+)( \d+)?$/.exec(line))
    .filter((match) => match !== null)
    .map(([, series, value]) => [series.replace(/,repo="[^"]*"/, ''), value]);
}

function kubelet() {
  const nodes = JSON.parse(kubectl('get', 'nodes', '-o', 'json')).items.map(({ metadata }) => metadata.name);
  return nodes
    .flatMap((node) => keep(kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/metrics/cadvisor`), KUBELET))
    .filter(([series]) => namespaces.some((namespace) => series.includes(`namespace="${namespace}"`)));
}

const sample = (metric, labels, value) => [
  `${metric}{${Object.entries(labels)
    .map(([key, of]) => `${key}="${of}"`)
    .join(',')}}`,
  String(value),
];

function kubeState() {
  const pods = objects('pods').flatMap(({ metadata: { namespace, name: pod }, status }) => [
    ...['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'].map((phase) =>
      sample('kube_pod_status_phase', { namespace, pod, phase }, Number(phase === status.phase)),
    ),
    ...['true', 'false', 'unknown'].map((condition) =>
      sample('kube_pod_status_ready', { namespace, pod, condition }, Number(ready(status) === condition)),
    ),
    ...(status.containerStatuses ?? []).map(({ name: container, restartCount }) =>
      sample('kube_pod_container_status_restarts_total', { namespace, pod, container }, restartCount),
    ),
  ]);
  const deployments = objects('deployments').flatMap(({ metadata: { namespace, name: deployment }, spec, status }) => [
    sample('kube_deployment_spec_replicas', { namespace, deployment }, spec.replicas),
    sample('kube_deployment_status_replicas_available', { namespace, deployment }, status.availableReplicas ?? 0),
  ]);
  return [...pods, ...deployments, ...objects('horizontalpodautoscalers').flatMap(autoscaler)];
}

function ready(status) {
  return (status.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown').toLowerCase();
}

function autoscaler({ metadata: { namespace, name: horizontalpodautoscaler }, spec, status }) {
  const of = { namespace, horizontalpodautoscaler };
  const utilization = (metric, metric_name, value) =>
    value === undefined ? [] : [sample(metric, { ...of, metric_name, metric_target_type: 'utilization' }, value)];
  return [
    sample('kube_horizontalpodautoscaler_spec_min_replicas', of, spec.minReplicas),
    sample('kube_horizontalpodautoscaler_spec_max_replicas', of, spec.maxReplicas),
    sample('kube_horizontalpodautoscaler_status_current_replicas', of, status.currentReplicas ?? 0),
    sample('kube_horizontalpodautoscaler_status_desired_replicas', of, status.desiredReplicas),
    ...spec.metrics.flatMap(({ resource }) =>
      utilization('kube_horizontalpodautoscaler_spec_target_metric', resource.name, resource.target.averageUtilization),
    ),
    ...(status.currentMetrics ?? []).flatMap(({ resource }) =>
      utilization(
        'kube_horizontalpodautoscaler_status_target_metric',
        resource?.name,
        resource?.current.averageUtilization,
      ),
    ),
  ];
}

const files = { 'kubelet.txt': new Map(), 'kube-state.txt': new Map(), 'argocd.txt': new Map() };
for (let step = 0; step < steps; step++) {
  const due = setTimeout(STEP * 1000);
  const seen = {
    'kubelet.txt': kubelet(),
    'kube-state.txt': kubeState(),
    'argocd.txt': keep(await (await fetch(argocd)).text(), ARGOCD),
  };
  for (const [file, samples] of Object.entries(seen)) {
    for (const [series, value] of samples) {
      const values = files[file].get(series) ?? Array(steps).fill('-');
      values[step] = value;
      files[file].set(series, values);
    }
  }
  console.log(`step ${step + 1} of ${steps}`);
  await due;
}
for (const [file, series] of Object.entries(files)) {
  const lines = [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, values]) => `${name} ${values.join(' ')}`);
  writeFileSync(
    new URL(file, import.meta.url),
    `# Recorded by record.mjs, one value each ${STEP} s\n${lines.join('\n')}\n`,
  );
}
