import { expect, it } from 'vitest';
import { isRecordingEntry, readIndex } from '../../../src/trace/recordings';
import { recordingEntry } from '../../support/recording-entry';

const entry = recordingEntry({});

it('an index is read as it is', () => {
  expect(readIndex({ recordings: [entry] })).toEqual([entry]);
  expect(readIndex({ recordings: [] })).toEqual([]);
});

it('a key of a later version does no harm', () => {
  expect(isRecordingEntry({ ...entry, later: 1 })).toBe(true);
});

it.each([
  ['a file elsewhere', { file: '../trace.json.gz' }],
  ['a file on another host', { file: 'https://example.org/a.json.gz' }],
  ['a hidden file', { file: '.a.json.gz' }],
  ['a plain trace', { file: 'a.json' }],
  ['no such arm', { arm: 'exp9' }],
  ['no such kind', { kind: 'other' }],
  ['no seeds', { seeds: [] }],
  ['seeds as text', { seeds: '0-2' }],
  ['no day', { date: 'yesterday' }],
  ['no title', { title: undefined }],
])('%s is refused, by its place', (_name, change) => {
  const wrong: unknown = { ...entry, ...change };
  expect(isRecordingEntry(wrong)).toBe(false);
  const [key] = Object.keys(change);
  expect(() => readIndex({ recordings: [entry, wrong] })).toThrow(`$.recordings[1].${key}`);
});

it('an index of another shape is refused', () => {
  for (const wrong of [null, [], {}, { recordings: {} }]) {
    expect(() => readIndex(wrong)).toThrow('$');
  }
});
