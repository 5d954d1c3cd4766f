import { expect, test } from 'vitest';
import { imageKey } from './image-key.ts';

test('an image has one name, however it is written', () => {
  const f = (reference: string, key: string): void => expect(imageKey(reference)).toBe(key);
  f('nginx', 'index.docker.io/library/nginx:latest');
  f('docker.io/nginx:1.29', 'index.docker.io/library/nginx:1.29');
  f('index.docker.io/library/nginx:1.29', 'index.docker.io/library/nginx:1.29');
  f('shop/cart:2', 'index.docker.io/shop/cart:2');
  f('registry.example:5000/cart', 'registry.example:5000/cart:latest');
  f('localhost/cart:1@sha256:abc', 'localhost/cart:1');
  f('', 'index.docker.io/library/:latest');
});
