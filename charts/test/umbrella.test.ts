import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RENDERINGS } from './fixtures.js';
import {
  at,
  chartFile,
  HELM3,
  isTree,
  type Manifest,
  only,
  render,
  renderText,
  type Subchart,
  SUBCHARTS,
  template,
  type Tree,
  UMBRELLA,
} from './helm.js';

const names = (manifests: Manifest[]): string[] => manifests.map((m) => `${m.kind}/${m.metadata.name}`).sort();

/** The component of each workload, by the name that its objects carry in app.kubernetes.io/name. */
const COMPONENTS: Record<string, string> = {
  inference: 'model-server',
  'inference-check': 'check',
  'victoria-metrics': 'metrics-store',
  'victoria-metrics-vmalert': 'alerts',
  'victoria-metrics-backup': 'backup',
  grafana: 'dashboards',
};

/** The paths at which a tree holds null. */
function nulls(node: unknown, path = ''): string[] {
  if (node === null) return [path];
  return isTree(node) ? Object.entries(node).flatMap(([key, child]) => nulls(child, `${path}.${key}`)) : [];
}

describe.each(Object.entries(RENDERINGS))('rendering: %s', (_, options) => {
  const manifests = render(options);

  test('emits no null', () => {
    expect(manifests.flatMap((m) => nulls(m, `${m.kind}/${m.metadata.name}`))).toEqual([]);
  });

  test('gives the same bytes twice', () => {
    expect(renderText(options)).toBe(renderText(options));
  });

  test.skipIf(!HELM3)('gives the same bytes with Helm 3 (skipped without a Helm 3: see HELM3)', () => {
    expect(renderText({ ...options, helm: HELM3 ?? '' })).toBe(renderText(options));
  });

  test('no two objects have one name', () => {
    const keys = manifests.map((m) => `${m.kind}/${m.metadata.namespace}/${m.metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('every object names its namespace and carries the common labels', () => {
    for (const { kind, metadata } of manifests.filter((m) => !m.metadata.name.startsWith('notes-'))) {
      if (!kind.startsWith('Cluster')) expect(metadata.namespace).toMatch(/^(lab|ml-inference)$/);
      const chart = metadata.labels['helm.sh/chart']?.replace(/-[\d.]+$/, '') ?? '';
      const name = metadata.labels['app.kubernetes.io/name'] ?? '';
      expect(SUBCHARTS).toContain(chart);
      expect(name === chart || name.startsWith(`${chart}-`), name).toBe(true);
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': options.release ?? 'trial',
        'app.kubernetes.io/component': COMPONENTS[name],
        'app.kubernetes.io/part-of': 'ml-platform',
        'app.kubernetes.io/version': chartFile(chart as Subchart).appVersion,
        'app.kubernetes.io/managed-by': 'Helm',
        'helm.sh/chart': `${chart}-${chartFile(chart as Subchart).version}`,
      });
    }
  });

  test('selectors hold only what never changes and match the pods', () => {
    for (const workload of manifests.filter((m) => ['Deployment', 'StatefulSet'].includes(m.kind))) {
      const selector = at(workload, 'spec.selector.matchLabels');
      expect(Object.keys(isTree(selector) ? selector : {})).toEqual([
        'app.kubernetes.io/name',
        'app.kubernetes.io/instance',
      ]);
      expect(at(workload, 'spec.template.metadata.labels')).toMatchObject({ ...(selector as object) });
      const service = manifests.find((m) => m.kind === 'Service' && m.metadata.name === workload.metadata.name);
      expect(at(service, 'spec.selector')).toEqual(selector);
    }
  });
});

test('between them the renderings use every template', () => {
  const used = new Set(
    Object.values(RENDERINGS).flatMap((options) =>
      [...renderText(options).matchAll(/^# Source: ml-platform\/(.*)$/gm)].map(([, path]) => path),
    ),
  );
  const folders = ['templates', ...SUBCHARTS.map((name) => `charts/${name}/templates`)];
  const all = folders.flatMap((folder) => readdirSync(`${UMBRELLA}/${folder}`).map((file) => `${folder}/${file}`));
  // Which refuses, and gives nothing.
  const checks = 'templates/checks.yaml';
  expect(all.filter((path) => path.endsWith('.yaml') && !used.has(path))).toEqual([checks]);
});

describe('components', () => {
  const component = (name: string): string[] => names(render({ files: [`${UMBRELLA}/components/${name}.yaml`] }));

  test('inference installs the model server alone', () => {
    for (const name of component('inference')) expect(name).toMatch(/\/trial-inference(-check)?$/);
    expect(component('inference')).toContain('Deployment/trial-inference');
  });

  test('together they install what the umbrella installs, and nothing twice', () => {
    expect([...component('inference'), ...component('monitoring')].sort()).toEqual(names(render()));
  });
});

describe('names', () => {
  test('a release named after a chart does not repeat it', () => {
    expect(names(render({ release: 'inference' }))).toContain('Deployment/inference');
  });

  test('overrides replace the chart name or the whole name', () => {
    const values = { inference: { nameOverride: 'model' }, grafana: { fullnameOverride: 'boards' } };
    expect(names(render({ values }))).toEqual(expect.arrayContaining(['Deployment/trial-model', 'Deployment/boards']));
  });

  test('a name that reads as another type stays a string', () => {
    const manifests = render({ release: '123', namespace: '456', values: { inference: { fullnameOverride: 'on' } } });
    for (const { metadata } of manifests) {
      expect([typeof metadata.name, typeof metadata.namespace]).toEqual(['string', 'string']);
      expect(metadata.labels['app.kubernetes.io/instance']).toBe('123');
    }
  });

  test('the longest release name leaves a workload room for what the cluster adds, and every chart a name of its own', () => {
    const manifests = render({ release: 'r'.repeat(53) });
    expect(new Set(names(manifests)).size).toBe(manifests.length);
    for (const { metadata, kind } of manifests) {
      const limit = kind === 'StatefulSet' || kind === 'Deployment' ? 52 : /Role|ConfigMap/.test(kind) ? 253 : 63;
      expect(metadata.name.length).toBeLessThanOrEqual(limit);
    }
    const store = manifests.find((m) => m.kind === 'StatefulSet');
    const provisioning = manifests.find((m) => m.metadata.name.endsWith('-provisioning'));
    const data = at(provisioning, 'data') as Record<string, string>;
    expect(data['datasources.yaml']).toContain(`http://${store?.metadata.name ?? ''}:8428`);
  });
});

describe('global', () => {
  const values = { global: { imageRegistry: 'registry.example.com:5000/mirror', imagePullSecrets: ['ghcr-auth'] } };
  const pods = render({ values })
    .map((m) => at(m, 'spec.template.spec'))
    .filter(isTree);

  test('imageRegistry replaces the registry of every image', () => {
    expect(pods.map((pod) => at(pod, 'containers.0.image')).sort()).toEqual([
      'registry.example.com:5000/mirror/brolly/inference:1.0.0',
      'registry.example.com:5000/mirror/grafana/grafana:12.4.3',
      'registry.example.com:5000/mirror/victoriametrics/victoria-metrics:v1.150.0',
      'registry.example.com:5000/mirror/victoriametrics/vmalert:v1.150.0',
    ]);
  });

  test('imagePullSecrets reach every pod', () => {
    expect(pods.map((pod) => pod.imagePullSecrets)).toEqual(pods.map(() => [{ name: 'ghcr-auth' }]));
  });
});

describe('a store that is not where the others look for it', () => {
  const queue = { autoscaling: { enabled: true, queue: { enabled: true } } };
  const datasource = { url: 'http://trial-store:8428' };

  test.each<[string, Tree, string]>([
    ['has another port', { 'victoria-metrics': { service: { port: 80 } } }, 'http://trial-victoria-metrics:80'],
    ['has another name', { 'victoria-metrics': { nameOverride: 'store' } }, 'http://trial-store:8428'],
  ])('%s: Grafana has to be told', (_, values, url) => {
    expect(template({ values }).error).toContain(`grafana.datasource.url must name the store, which is not where`);
    expect(template({ values }).error).toContain(url);
    expect(template({ values: { ...values, grafana: { datasource } } }).error).toBe('');
    expect(template({ values: { ...values, grafana: { enabled: false } } }).error).toBe('');
  });

  test('has another name, or is in another release: what scales by the queue has to be told', () => {
    const renamed = { 'victoria-metrics': { nameOverride: 'store' }, grafana: { datasource }, inference: queue };
    expect(template({ values: renamed }).error).toContain('serverAddress must name the store, which is not where');
    const files = [`${UMBRELLA}/components/inference.yaml`];
    expect(template({ files, values: { inference: queue } }).error).toContain('of which this release has none');
    const told = { autoscaling: { enabled: true, queue: { enabled: true, serverAddress: datasource.url } } };
    expect(template({ files, values: { inference: told } }).error).toBe('');
  });
});

describe('charts', () => {
  test.each(SUBCHARTS)('%s runs by default the version that it says it is', (chart) => {
    const image = render({ values: only(chart) })
      .map((m) => at(m, 'spec.template.spec.containers.0.image'))
      .find(Boolean);
    expect(String(image).split(':')[1]).toBe(chartFile(chart).appVersion);
  });

  test.each(SUBCHARTS)('%s is installed alone by its switch', (chart) => {
    const alone = render({ values: only(chart) });
    expect(names(alone)).toEqual(names(render()).filter((name) => name.includes(`/trial-${chart}`)));
  });

  test.each(['', ...SUBCHARTS.map((chart) => `charts/${chart}/`)])(
    'no template in %stemplates/ depends on the cluster, the clock or chance',
    (path) => {
      const folder = `${UMBRELLA}/${path}templates`;
      const sources = readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
      expect(sources.length).toBeGreaterThan(0);
      for (const source of sources) {
        expect(source).not.toMatch(/(?<!\.)\b(lookup|rand\w*|now|date|uuidv4|gen[A-Z]\w*|tpl|Capabilities)\b/);
      }
    },
  );

  test('a Kubernetes release that is too old is refused', () => {
    expect(template({ args: ['--kube-version', 'v1.31.9'] }).error).toContain('requires kubeVersion: >=1.32');
  });
});
