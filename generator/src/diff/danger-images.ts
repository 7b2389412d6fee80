import type { Json } from '../model.js';
import { at, type Pair } from './objects.js';

interface Image {
  /** Registry and repository. */
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

/** Every container whose image is another one: another repository, another tag, or the same tag with another content. */
export function imageMoves({ kind, from, to }: Pair): string[] {
  const [before, after] = [containerImages(kind, from), containerImages(kind, to)];
  return [...before].flatMap(([container, old]) => {
    const now = after.get(container);
    return now === undefined || now === old
      ? []
      : [`container ${container}: ${old} → ${now} (${describe(parse(old), parse(now))})`];
  });
}

function describe(from: Image, to: Image): string {
  if (from.name !== to.name) return 'from another repository';
  if (from.tag !== to.tag) return 'another tag';
  return to.digest === '' ? 'the digest is dropped, so the tag may move' : 'the same tag with another content';
}

/** Image of each container, init containers among them, by the container's name. */
function containerImages(kind: string, manifest: Json | undefined): Map<string, string> {
  const template =
    kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : kind === 'Pod' ? [] : ['spec', 'template'];
  const pod = at(manifest, ...template, 'spec');
  const containers = ['initContainers', 'containers'].flatMap((list) => {
    const value = at(pod, list);
    return Array.isArray(value) ? value : [];
  });
  return new Map(
    containers.flatMap((container): [string, string][] => {
      const [name, image] = [at(container, 'name'), at(container, 'image')];
      return typeof name === 'string' && typeof image === 'string' ? [[name, image]] : [];
    }),
  );
}

/** `registry:5000/repository:tag@sha256:…`: the colon of a port stands before the last slash, that of a tag after it. */
function parse(reference: string): Image {
  const [rest = '', digest = ''] = reference.split('@');
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  return colon === -1
    ? { name: rest, tag: '', digest }
    : { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}
