import { expect, it } from 'bun:test';
import { readJunit } from './junit.ts';

it('tells what passed, failed and was skipped, and why', () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="4"><testsuite name="suite">
      <testcase name="[It] Pull &gt; blobs" classname="suite" status="passed" time="0.1"></testcase>
      <testcase name="empty" time="0.1"/>
      <testcase name="mount" status="skipped"><skipped message="skipped - not &quot;wanted&quot;"></skipped></testcase>
      <testcase name="push" status="failed">
        <failure message="expected 201" type="failed">got &lt;int&gt;: 500&#10;at push.go:1</failure>
        <system-err>noise</system-err>
      </testcase>
    </testsuite></testsuites>`;
  expect(readJunit(xml)).toEqual([
    { name: '[It] Pull > blobs', result: 'passed' },
    { name: 'empty', result: 'passed' },
    { name: 'mount', result: 'skipped', reason: 'skipped - not "wanted"' },
    { name: 'push', result: 'failed', reason: 'expected 201\ngot <int>: 500\nat push.go:1' },
  ]);
});
