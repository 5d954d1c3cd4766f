import { expect, test } from 'vitest';
import { readPackage } from './read-package.ts';
import { imageSbom } from './sbom.ts';

const { version } = readPackage('node_modules/pino');
const pino = {
  type: 'library',
  name: 'pino',
  version,
  purl: `pkg:npm/pino@${version}`,
  licenses: [{ license: { id: 'MIT' } }],
};
const tool = { ...pino, name: 'vitest', purl: 'pkg:npm/vitest@1.0.0' };
const content = { name: 'castai-agent', version: '1.2.3', nodeVersion: '24.0.0' };

test('lists what is bundled as npm describes it, then Node and the packages of the system', () => {
  const systemPackages = [{ name: 'libstdc++6', version: '12.2.0-14+deb12u1', architecture: 'amd64' }];
  const sbom = imageSbom({ ...content, bundled: ['node_modules/pino'], systemPackages }, { components: [tool, pino] });
  expect(sbom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { type: 'container', name: 'castai-agent', version: '1.2.3' } },
    components: [
      pino,
      { type: 'platform', name: 'node', version: '24.0.0' },
      { name: 'libstdc++6', purl: 'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64' },
    ],
  });
  expect(sbom).not.toHaveProperty('serialNumber');
});

test('refuses a bundle with a package that npm does not know', () => {
  const bundled = ['node_modules/pino'];
  expect(() => imageSbom({ ...content, bundled, systemPackages: [] }, { components: [tool] })).toThrow(
    `npm sbom does not list pkg:npm/pino@${version}`,
  );
});
