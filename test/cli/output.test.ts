import { describe, expect, it } from 'vitest';
import { createOutput, fieldLines, tableLines } from '../../src/cli/output.ts';

const plain = (_style: string, text: string) => text;

function outputOf(json: boolean) {
  const said = { stdout: '', stderr: '' };
  const output = createOutput({
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
    json,
    style: plain,
  });
  return { output, said };
}

const result = { json: () => ({ a: '1' }), human: () => ['a  1', 'b  2'] };

describe('a result', () => {
  it('is lines for people', () => {
    const { output, said } = outputOf(false);
    output.show(result);
    expect(said).toEqual({ stdout: 'a  1\nb  2\n', stderr: '' });
  });

  it('is one line of JSON for programs', () => {
    const { output, said } = outputOf(true);
    output.show(result);
    output.redraw(result);
    output.say('for people alone');
    expect(said).toEqual({ stdout: '{"a":"1"}\n{"a":"1"}\n', stderr: '' });
  });

  it('replaces the one before on a terminal', () => {
    const { output, said } = outputOf(false);
    output.redraw(result);
    expect(said.stdout.startsWith('\x1b[2J\x1b[Ha  1\n')).toBe(true);
  });
});

it('progress and errors keep off stdout', () => {
  const { output, said } = outputOf(true);
  output.note('half way');
  output.error('it broke');
  expect(said).toEqual({ stdout: '', stderr: 'half way\nfurlong: it broke\n' });
});

it('a table is aligned, horses with Chinese names too', () => {
  const lines = tableLines(
    [{ title: 'no', align: 'right' }, { title: 'horse' }, { title: 'pays', align: 'right' }],
    [
      ['3', '英雄豪傑 (G207)', '10.85'],
      ['10', 'Anna', '1.35'],
    ],
    plain,
  );
  expect(lines).toEqual([
    'no  horse             pays',
    ' 3  英雄豪傑 (G207)  10.85',
    '10  Anna              1.35',
  ]);
});

it('fields stand in two columns', () => {
  expect(
    fieldLines(
      [
        ['bet', 'b1'],
        ['status', 'registered'],
      ],
      plain,
    ),
  ).toEqual(['bet     b1', 'status  registered']);
});
