import { expect, test } from 'vitest';
import { packagedText } from './packaged-text.ts';

test('examples are where they are in the package, in links and in commands', () => {
  const text =
    '[`ci/`](ci), [a](ci/a-values.yaml): helm install x charts/castai --values charts/castai/ci/a-values.yaml';
  expect(packagedText(text)).toBe(
    '[`examples/`](examples), [a](examples/a-values.yaml): helm install x castai --values castai/examples/a-values.yaml',
  );
});

test('what is not in the package is a link to the source where that is told, and else no link', () => {
  const text = '[build them](../../images/README.md) and [`monitoring/`](../../monitoring/README.md)';
  expect(packagedText(text)).toBe(
    'build them (images/README.md of the source) and `monitoring/` (monitoring/README.md of the source)',
  );
  expect(packagedText(text, 'https://git.example/x/')).toBe(
    '[build them](https://git.example/x/images/README.md) and [`monitoring/`](https://git.example/x/monitoring/README.md)',
  );
});
