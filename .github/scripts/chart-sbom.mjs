// Prints what a chart brings into a cluster, as CycloneDX: the images in the manifests on standard input.
// Usage: helm template … | node chart-sbom.mjs NAME VERSION DIGEST
import { text } from 'node:stream/consumers';

const [name, version, digest = ''] = process.argv.slice(2);
const manifests = await text(process.stdin);
const images = new Set([...manifests.matchAll(/^\s*(?:- )?image: "?([^"\s]+)"?$/gm)].map(([, image]) => image));
if (images.size === 0) throw new Error('no manifest has an image');

const component = (image) => {
  const [, path, tag = '', hash = ''] = /^([^@]+?)(?::([^:/@]+))?(?:@(.+))?$/.exec(image);
  return { type: 'container', name: path, version: hash || tag, 'bom-ref': image };
};
const hashes = [{ alg: 'SHA-256', content: digest.replace('sha256:', '') }];
const document = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: { type: 'application', name, version, hashes, 'bom-ref': name } },
  components: [...images].sort().map(component),
  dependencies: [{ ref: name, dependsOn: [...images].sort() }],
};
console.log(JSON.stringify(document, null, 2));
