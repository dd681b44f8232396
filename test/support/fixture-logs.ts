/** The logs of earlier versions (test/fixtures/logs/README.md), unpacked to be looked at and written to. */
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const FIXTURE_LOGS = new URL('../fixtures/logs/', import.meta.url).pathname;

/** @param dir The data directory; made where it is not there. */
export function unpackLog(version: string, dir: string): void {
  const from = join(FIXTURE_LOGS, version);
  mkdirSync(dir, { recursive: true });
  for (const name of ['furlong.json', 'answers.json']) cpSync(join(from, name), join(dir, name));
  for (const packed of globSync('**/*.gz', { cwd: from })) {
    const path = join(dir, packed.slice(0, -'.gz'.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, gunzipSync(readFileSync(join(from, packed))));
  }
}
