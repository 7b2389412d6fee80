// Writes charts/test/generated/*.json: the JSON Schemas against which the tests check every manifest. They come from the
// OpenAPI documents and resource definitions in the Go modules below, cut down to the kinds that the charts render, and
// strict: a field that the API does not know is an error, as in a strict server-side dry run.
// Needs Go; run by hand when the versions or the kinds change: node charts/test/extract-schemas.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const KUBERNETES = { 1.33: 'v1.33.13', 1.36: 'v1.36.3' };

const KINDS = {
  api__v1: ['ConfigMap', 'PersistentVolumeClaim', 'Pod', 'Service', 'ServiceAccount'],
  apis__apps__v1: ['Deployment', 'StatefulSet'],
  apis__autoscaling__v2: ['HorizontalPodAutoscaler'],
  apis__batch__v1: ['CronJob', 'Job'],
  'apis__networking.k8s.io__v1': ['Ingress', 'NetworkPolicy'],
  apis__policy__v1: ['PodDisruptionBudget'],
  'apis__rbac.authorization.k8s.io__v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
};

const CUSTOM_RESOURCES = [
  ...['httproutes', 'grpcroutes'].map((name) => [
    'sigs.k8s.io/gateway-api@v1.6.3',
    `config/crd/standard/gateway.networking.k8s.io_${name}.yaml`,
    'v1',
  ]),
  ['github.com/kedacore/keda/v2@v2.20.2', 'config/crd/bases/keda.sh_scaledobjects.yaml', 'v1alpha1'],
  ...['servicemonitors', 'podmonitors'].map((name) => [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`,
    'v1',
  ]),
];

// The operator of VictoriaMetrics publishes its Go types as a module, and its definitions only in its repository: they are
// made of the types by the program that makes those.
const VM_OPERATOR = 'github.com/VictoriaMetrics/operator/api@v0.66.1';
const CONTROLLER_GEN = 'sigs.k8s.io/controller-tools/cmd/controller-gen@v0.18.0';

/** The folder of a Go module, fetched if it is not there. */
function moduleFolder(module) {
  const options = { cwd: tmpdir(), encoding: 'utf8' };
  return JSON.parse(execFileSync('go', ['mod', 'download', '-json', module], options)).Dir;
}

/** What controller-gen makes of the types in a package of a Go module. */
function definitionsOf(module, folder) {
  const [path] = module.split('@');
  const cwd = mkdtempSync(join(tmpdir(), 'definitions-'));
  const go = (...args) => execFileSync('go', args, { cwd, encoding: 'utf8', maxBuffer: Infinity });
  try {
    go('mod', 'init', 'definitions');
    writeFileSync(join(cwd, 'definitions.go'), `package definitions\n\nimport _ "${path}/${folder}"\n`);
    go('get', module);
    go('get', '-tool', CONTROLLER_GEN);
    go('mod', 'tidy');
    const made = go('tool', 'controller-gen', 'crd:maxDescLen=0', `paths=${path}/${folder}`, 'output:crd:stdout');
    return parseAllDocuments(made).map((document) => document.toJS());
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** A schema without what only a reader or the API server needs, in which unknown fields are errors. */
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema['x-kubernetes-int-or-string']) return { type: ['integer', 'string'] };
  const kept = Object.entries(schema).filter(
    ([key, value]) =>
      !key.startsWith('x-') &&
      key !== 'default' &&
      !(key === 'description' && typeof value === 'string') &&
      key !== 'format',
  );
  const result = Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      key === 'properties'
        ? Object.fromEntries(Object.entries(value).map(([name, property]) => [name, strict(property)]))
        : key === '$ref'
          ? value.replace('#/components/schemas/', '#/definitions/')
          : strict(value),
    ]),
  );
  // A reference with only a default or a description beside it.
  if (result.allOf?.length === 1 && Object.keys(result).length === 1) return result.allOf[0];
  if (result.properties && !schema['x-kubernetes-preserve-unknown-fields']) result.additionalProperties = false;
  return result;
}

/** The definitions that these names lead to. */
function closure(schemas, names) {
  const found = new Map();
  const visit = (name) => {
    if (found.has(name)) return;
    const schema = strict(schemas[name]);
    found.set(name, schema);
    for (const [, next] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) visit(next);
  };
  names.forEach(visit);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One definition per line, so that a new version gives a diff that can be read. */
function write(name, source, kinds, definitions) {
  const lines = (object) =>
    Object.entries(object)
      .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(',\n');
  const comment = `Generated by charts/test/extract-schemas.mjs from ${source} (Apache-2.0); do not edit.`;
  const text = `{\n  "$comment": ${JSON.stringify(comment)},\n  "kinds": {\n${lines(kinds)}\n  },\n  "definitions": {\n${lines(definitions)}\n  }\n}\n`;
  writeFileSync(new URL(`generated/${name}.json`, import.meta.url), text);
}

for (const [version, release] of Object.entries(KUBERNETES)) {
  const folder = moduleFolder(`k8s.io/kubernetes@${release}`);
  const schemas = {};
  const kinds = {};
  for (const [file, wanted] of Object.entries(KINDS)) {
    const path = `${folder}/api/openapi-spec/v3/${file}_openapi.json`;
    const document = JSON.parse(readFileSync(path, 'utf8')).components.schemas;
    Object.assign(schemas, document);
    for (const [name, schema] of Object.entries(document)) {
      for (const { group, version: apiVersion, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
        if (wanted.includes(kind)) kinds[`${group ? `${group}/` : ''}${apiVersion}/${kind}`] = name;
      }
    }
  }
  write(`kubernetes-${version}`, `k8s.io/kubernetes ${release}`, kinds, closure(schemas, Object.values(kinds)));
}

const custom = [
  ...CUSTOM_RESOURCES.map(([module, file, version]) => [
    parse(readFileSync(`${moduleFolder(module)}/${file}`, 'utf8')),
    version,
  ]),
  [definitionsOf(VM_OPERATOR, 'operator/v1beta1').find(({ spec }) => spec.names.kind === 'VMServiceScrape'), 'v1beta1'],
].map(([{ spec }, version]) => ({
  apiVersion: `${spec.group}/${version}`,
  kind: spec.names.kind,
  schema: spec.versions.find(({ name }) => name === version).schema.openAPIV3Schema,
}));
const modules = [...new Set(CUSTOM_RESOURCES.map(([module]) => module)), VM_OPERATOR].join(', ');
write(
  'custom-resources',
  modules,
  Object.fromEntries(custom.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, kind])),
  Object.fromEntries(custom.map(({ kind, schema }) => [kind, strict(schema)])),
);
