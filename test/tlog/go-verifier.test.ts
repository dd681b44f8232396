/**
 * What Furlong signs and proves is accepted by a verifier that shares no line with it, on
 * golang.org/x/mod/sumdb alone; and what somebody changed is not.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDiskFiles } from '../../src/runtime/tlog/disk-files.ts';
import { type EntryRecord, entryOf } from '../../src/runtime/tlog/entry.ts';
import { vkeyOf } from '../../src/runtime/tlog/note.ts';
import { proofText } from '../../src/runtime/tlog/proof.ts';
import { CHECKPOINT, openTree, type Tree } from '../../src/runtime/tlog/tree.ts';
import { createFakeLog, type FakeLog, keyOf, recordAt, signerOf } from '../runtime/tlog/given.ts';
import { describeWithTool } from '../support/tools.ts';
import { tamperedLogs } from './tampered.ts';

const VKEY = vkeyOf(signerOf(1));
const STRANGER = vkeyOf(signerOf(2));

/** A third level of tiles begins with 65,536 records; this has an edge on every level below. */
const SIZE = 1_300;

describeWithTool('go', 'the Go verifier', (go) => {
  let dir = '';
  let log: FakeLog;
  let tree: Tree;
  /** Where the log had been signed before. */
  const old: string[] = [];

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'furlong-go-'));
    const source = fileURLToPath(new URL('verifier', import.meta.url));
    const env = { ...process.env, CGO_ENABLED: '0' };
    const built = spawnSync(go, ['build', '-o', join(dir, 'verifier'), '.'], { cwd: source, env });
    if (built.status !== 0) throw new Error(`go build: ${built.stderr}`);

    log = createFakeLog(0);
    tree = openTree({ files: openDiskFiles(dir), signer: signerOf(1), retired: [], keyOf }, log);
    for (const size of [1, 2, 3, 255, 256, 257, 511, 600, 1_024, SIZE]) {
      while (log.records.length < size) log.records.push(recordAt(log.records.length + 1));
      tree.grow(log, { max: SIZE, nowMs: size });
      const path = join(dir, `checkpoint-${size}`);
      writeFileSync(path, readFileSync(join(dir, CHECKPOINT)));
      old.push(path);
    }
  }, 120_000);

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function run(args: readonly string[], input = ''): { ok: boolean; said: string } {
    const { status, stdout, stderr } = spawnSync(join(dir, 'verifier'), args, { input });
    return { ok: status === 0, said: `${stdout}${stderr}`.trim() };
  }

  function proofAt(position: number): string {
    const proof = tree.prove(log, position);
    if (proof === undefined) throw new Error(`no proof of record ${position}`);
    return proofText(proof);
  }

  test('accepts a receipt, and reads the record out of it', () => {
    for (const position of [1, 2, 256, 257, 700, SIZE]) {
      const entry = Buffer.from(entryOf(recordAt(position))).toString('base64');
      expect(run(['receipt', VKEY], proofAt(position))).toEqual({ ok: true, said: entry });
    }
  });

  test('rejects a receipt of another key, or with anything changed', () => {
    const text = proofAt(700);
    expect(run(['receipt', STRANGER], text).ok).toBe(false);
    const changes = [
      text.replace('index 699', 'index 698'),
      text.replace(/extra ..../, 'extra AAAA'),
      text.replace(`\n${SIZE}\n`, `\n${SIZE + 1}\n`),
      text.replace(/\n[^\n]+\n\n/, '\n\n'),
    ];
    for (const changed of changes) {
      expect(changed).not.toBe(text);
      expect(run(['receipt', VKEY], changed).ok, changed).toBe(false);
    }
  });

  test('proves from the tiles that the tree goes on from each one signed before', () => {
    for (const path of old) {
      expect(run(['consistency', VKEY, dir, path])).toMatchObject({ ok: true });
    }
  });

  test('proves records from the tiles', () => {
    for (const position of [1, 300, SIZE]) {
      const path = join(dir, 'entry');
      writeFileSync(path, entryOf(recordAt(position)));
      const { status } = spawnSync(
        join(dir, 'verifier'),
        ['record', VKEY, dir, `${position - 1}`],
        {
          input: readFileSync(path),
        },
      );
      expect(status).toBe(0);
    }
    expect(run(['record', VKEY, dir, '5'], 'another entry').ok).toBe(false);
  });

  test('rejects a tile that was changed', () => {
    const path = join(dir, 'tile', '0', '001');
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[40] = (changed[40] ?? 0) ^ 1;
    writeFileSync(path, changed);
    const entry = Buffer.from(entryOf(recordAt(300)));
    const answer = spawnSync(join(dir, 'verifier'), ['record', VKEY, dir, '299'], { input: entry });
    writeFileSync(path, whole);
    expect(answer.status).toBe(1);
  });

  describe('given a published checkpoint', () => {
    const [length, signed] = [40, 30];
    const caseOf = (checkpoint: string, records: readonly EntryRecord[]) =>
      JSON.stringify({
        checkpoint,
        entries: records.map((it) => Buffer.from(entryOf(it)).toString('base64')),
      });

    function judge(logs: readonly (readonly EntryRecord[])[]): string[] {
      const small = createFakeLog(length);
      const files = openDiskFiles(join(dir, 'small'));
      const own = openTree({ files, signer: signerOf(1), retired: [], keyOf }, small);
      own.grow(small, { max: signed, nowMs: 1 });
      rmSync(join(dir, 'small'), { recursive: true });
      const cases = logs.map((it) => caseOf(own.sealed.checkpoint, it));
      return run(['logs', VKEY], `${cases.join('\n')}\n`).said.split('\n');
    }

    test('accepts the log that it was signed over, and one that has grown since', () => {
      const grown = createFakeLog(length + 5).records;
      expect(judge([createFakeLog(length).records, grown])).toEqual(['ok', 'ok']);
    });

    test('rejects 300 logs of which a record was edited, removed, added, moved or cut off', () => {
      const logs = fc.sample(tamperedLogs(length, signed), 300);
      const verdicts = judge(logs);
      expect(verdicts).toHaveLength(300);
      for (const [index, verdict] of verdicts.entries()) {
        expect(verdict, JSON.stringify(logs[index])).toMatch(/^rejected: /);
      }
    });
  });
});
