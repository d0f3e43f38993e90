import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge, type Report } from './judge.js';

const SURFACES = ['models', 'chat', 'responses', 'messages', 'count-tokens', 'completions'];

function reportOf(changes: Partial<Report['conformance']> = {}): Report {
  return {
    conformance: {
      passed: 12,
      total: 12,
      bySurface: SURFACES.map((surface) => ({ surface, passed: 2, total: 2 })),
      warnings: [],
      results: [
        { id: 'chat-basic', outcome: 'pass' },
        { id: 'chat-vision', outcome: 'unsupported' },
      ],
      ...changes,
    },
  };
}

const BASELINE = { 'chat-basic': 'pass', 'chat-vision': 'unsupported' };

describe('the judgement of a conformance report', () => {
  test('nothing is complained of where all holds', () => {
    const { complaints, outcomes } = judge(reportOf(), BASELINE);
    assert.deepEqual([complaints, outcomes], [[], BASELINE]);
  });

  test('a MUST that fails is named', () => {
    const failures = [{ label: 'has an id', severity: 'MUST' as const, message: 'was empty' }];
    const results = [{ id: 'chat-basic', outcome: 'fail', failures }];
    const { complaints } = judge(reportOf({ passed: 11, results }), null);
    assert.deepEqual(complaints, ['failed chat-basic: has an id (was empty)', '1 of 12 MUST failed']);
  });

  test('a surface that was not examined is no success', () => {
    const { bySurface } = reportOf().conformance;
    const { complaints } = judge(reportOf({ bySurface: bySurface.slice(1) }), null);
    assert.deepEqual(complaints, ['models was not examined']);
  });

  test('an empty report is no success', () => {
    const { complaints } = judge(reportOf({ passed: 0, total: 0, bySurface: [], results: [] }), null);
    assert.equal(complaints.length, SURFACES.length + 2);
  });

  test('more than 5 % of the checks with a SHOULD warning are too many', () => {
    const results = Array.from({ length: 20 }, (_, index) => ({ id: `check-${index}`, outcome: 'pass' }));
    const warning = { id: 'check-1', label: 'is short' };
    assert.deepEqual(judge(reportOf({ results, warnings: [warning] }), null).complaints, []);
    const { complaints } = judge(reportOf({ results, warnings: [warning, warning] }), null);
    assert.deepEqual(complaints, ['too many SHOULD warnings: 2']);
  });

  test('an outcome that is not the baseline’s, a new check and a lost one are complained of', () => {
    const results = [
      { id: 'chat-basic', outcome: 'inconclusive' },
      { id: 'chat-new', outcome: 'pass' },
    ];
    const { complaints } = judge(reportOf({ results }), BASELINE);
    assert.deepEqual(complaints, [
      'changed chat-basic: pass in the baseline, inconclusive now',
      'changed chat-vision: unsupported in the baseline, absent now',
      'changed chat-new: absent in the baseline, pass now',
    ]);
  });
});
