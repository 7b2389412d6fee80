import { objectIn, objectsIn, textOf } from './fields.js';
import { listFolders } from './files.js';
import type { JsonObject, Manifest } from './model.js';

/** A rendered Deployment that runs a program of this repository. */
export interface ServiceWorkload {
  /** Folder below `services/`, and name of the subchart. */
  readonly service: string;
  readonly deployment: Manifest;
  /** Pod template of the Deployment. */
  readonly template: JsonObject;
  /** The container whose image is built from the folder. */
  readonly container: JsonObject;
  /** Image without tag and digest: `ghcr.io/brolly/inference`. */
  readonly repository: string;
}

/** Deployments whose image is named like a folder in `services/`, in the order of the manifests. */
export function findServices(root: string, manifests: readonly Manifest[]): ServiceWorkload[] {
  const folders = listFolders(root, 'services');
  return manifests
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap((deployment) => {
      const template = objectIn(objectIn(deployment, 'spec'), 'template');
      return objectsIn(objectIn(template, 'spec'), 'containers').flatMap((container): ServiceWorkload[] => {
        const repository = imageRepository(textOf(container.image));
        const service = repository.split('/').at(-1) ?? '';
        return folders.includes(service) ? [{ service, deployment, template, container, repository }] : [];
      });
    });
}

/** `ghcr.io:443/brolly/inference:1.0@sha256:…` → `ghcr.io:443/brolly/inference`. */
export function imageRepository(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

/** Commands to try a service with, given its address. */
export function exampleOf(service: string, url: string): string[] {
  if (service !== 'inference') return [];
  return [
    `curl ${url}/predict/21`,
    `curl ${url}/predict -H 'content-type: application/json' -d '{"text":"This is amazing"}'`,
  ];
}
