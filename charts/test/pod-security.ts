import { isTree, type Manifest, type Tree, at } from './helm.js';

// Volume types that the profile `restricted` of https://kubernetes.io/docs/concepts/security/pod-security-standards/ allows; `image`
// is not on that page yet, but the admission of Kubernetes 1.33 and later lets it pass.
const VOLUMES = 'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' ');

/** The pod specs among the manifests, by kind and name. */
export function podSpecs(manifests: Manifest[]): [string, Tree][] {
  return manifests.flatMap((manifest) => {
    const spec =
      manifest.kind === 'Pod'
        ? manifest.spec
        : (at(manifest, 'spec.template.spec') ?? at(manifest, 'spec.jobTemplate.spec.template.spec'));
    return isTree(spec) ? [[`${manifest.kind}/${manifest.metadata.name}`, spec] as [string, Tree]] : [];
  });
}

/** Everything in a pod spec that the Pod Security profile `restricted` forbids, one sentence each. */
export function violations(spec: Tree): string[] {
  const found = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key] === true).map((key) => `${key} is on`);
  if (at(spec, 'securityContext.sysctls')) found.push('sysctls are set');
  for (const volume of list(spec.volumes)) {
    const type = Object.keys(volume).find((key) => key !== 'name') ?? 'none';
    if (!VOLUMES.includes(type)) found.push(`volume ${String(volume.name)} is a ${type}`);
  }
  for (const key of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of list(spec[key])) found.push(...containerViolations(container, spec));
  }
  return found;
}

function containerViolations(container: Tree, pod: Tree): string[] {
  const own = (path: string): unknown => at(container, `securityContext.${path}`);
  const effective = (path: string): unknown => own(path) ?? at(pod, `securityContext.${path}`);
  const added = own('capabilities.add');
  const dropped = own('capabilities.drop');
  const rules: [boolean, string][] = [
    [own('privileged') === true, 'is privileged'],
    [own('allowPrivilegeEscalation') !== false, 'may escalate privileges'],
    [!Array.isArray(dropped) || !dropped.includes('ALL'), 'keeps capabilities'],
    [Array.isArray(added) && added.some((name) => name !== 'NET_BIND_SERVICE'), 'adds capabilities'],
    [own('procMount') !== undefined && own('procMount') !== 'Default', 'unmasks /proc'],
    [effective('runAsNonRoot') !== true, 'may run as root'],
    [effective('runAsUser') === 0, 'runs as root'],
    [!['RuntimeDefault', 'Localhost'].includes(String(effective('seccompProfile.type'))), 'has no seccomp profile'],
    [list(container.ports).some((port) => port.hostPort !== undefined), 'opens a host port'],
  ];
  return rules.filter(([broken]) => broken).map(([, rule]) => `container ${String(container.name)} ${rule}`);
}

/** The objects of an array; none when there is no array. */
export function list(node: unknown): Tree[] {
  return Array.isArray(node) ? node.filter(isTree) : [];
}
