// The outside programs tests may use. `npm test` finds or obtains them and passes their paths on;
// a suite whose program is absent is skipped under a name from which `npm test` says why.
import { describe } from 'vitest';

const paths = {
  'nats-server': process.env.FURLONG_TEST_NATS_SERVER,
  chromium: process.env.FURLONG_TEST_CHROMIUM,
  grpcurl: process.env.FURLONG_TEST_GRPCURL,
  go: process.env.FURLONG_TEST_GO,
  strace: process.env.FURLONG_TEST_STRACE,
};

type Tool = keyof typeof paths;

/**
 * A suite that needs `tool`; it is given the program's path. When the program is absent the suite
 * is still collected, with an empty path, but none of its tests or hooks run.
 */
export function describeWithTool(tool: Tool, name: string, suite: (path: string) => void): void {
  const path = paths[tool];
  if (path) describe(name, () => suite(path));
  else describe.skip(`${name} (needs ${tool})`, () => suite(''));
}
