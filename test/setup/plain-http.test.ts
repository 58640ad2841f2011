import { expect, it } from 'vitest';
import { isReadableOnTheWay } from '../../src/setup/plain-http.js';

it.each([
  ['http://manager.example.com', true],
  ['http://10.0.0.5:8081', true],
  ['http://127.example.com', true],
  ['http://localhost.example.com', true],
  ['https://manager.example.com', false],
  ['http://127.0.0.1:8081', false],
  ['http://localhost', false],
  ['http://[::1]:8090/api', false],
])('%s can be read on the way: %s', (endpoint, readable) => {
  expect(isReadableOnTheWay(endpoint)).toBe(readable);
});
