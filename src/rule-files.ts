/** The operator's own rule sets, as files: read whole at the start, judged by the gateway. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from './runtime/thrown.ts';

/** Ten times the catalogue: more is a directory of something else. */
const RULE_FILES_MAX = 1_000;
/** The longest rule set that is valid is far shorter. */
const RULE_FILE_MAX_BYTES = 1024 * 1024;

export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

/** By name, so that of two files with one id it is always the same that is told. @throws Error */
export function readRuleFiles(dir: string | undefined): RuleFile[] {
  if (dir === undefined) return [];
  const names = namesIn(dir)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length > RULE_FILES_MAX) {
    throw new Error(`${dir} holds ${names.length} rule sets, more than ${RULE_FILES_MAX}`);
  }
  return names.map((name) => {
    const path = join(dir, name);
    const { size } = statSync(path);
    if (size > RULE_FILE_MAX_BYTES) {
      throw new Error(`${path} has ${size} bytes, more than any rule set`);
    }
    return { name, text: readFileSync(path, 'utf8') };
  });
}

/** Those for tournaments, in a folder of their own beside those for pools, if there is one. @throws Error */
export function readScoringFiles(dir: string | undefined): RuleFile[] {
  if (dir === undefined) return [];
  const own = join(dir, 'scoring');
  return existsSync(own) ? readRuleFiles(own) : [];
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (cause) {
    const problem = messageOf(cause);
    throw new Error(`the rule sets cannot be read: ${problem}`, { cause });
  }
}
