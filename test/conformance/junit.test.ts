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

it('believes the status of a test that says nothing else', () => {
  const xml = `<testsuites><testsuite name="suite">
      <testcase name="suite/ping" classname="" status="passed"><system-err>200 &lt;failure&gt;</system-err></testcase>
      <testcase name="suite/mount" status="skipped"><system-out>API test was skipped</system-out></testcase>
      <testcase name="suite/push" status="failure"><system-out>expected 201&#xA;received 500</system-out></testcase>
      <testcase name="suite/pull" status="error"></testcase>
    </testsuite></testsuites>`;
  expect(readJunit(xml)).toEqual([
    { name: 'suite/ping', result: 'passed' },
    { name: 'suite/mount', result: 'skipped', reason: 'API test was skipped' },
    { name: 'suite/push', result: 'failed', reason: 'expected 201\nreceived 500' },
    { name: 'suite/pull', result: 'failed', reason: 'status error' },
  ]);
});
