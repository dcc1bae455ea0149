import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { EntryView } from '#api/endpoints/views.ts';
import { KINDS } from '#model/events.ts';
import { actorOf, sentenceOf, subjectOf } from './sentence.ts';

function entry(kind: string, data: EntryView['data'] = {}, path?: string): EntryView {
  return {
    index: 1,
    id: 'x',
    at: 0,
    kind,
    stream: 'facility',
    n: 1,
    by: {},
    about: path === undefined ? {} : { path },
    data,
  };
}

test('sentences', () => {
  assert.equal(
    sentenceOf(entry('file.read-closed', { bytes: 1500, complete: true }, 'media/a.mov')),
    'read 1.50 kB of media/a.mov, all of it',
  );
  assert.equal(
    sentenceOf(entry('engagement.ended', { because: 'button', reason: 'done' })),
    'engagement ended (by hand): done',
  );
  assert.equal(
    sentenceOf(entry('cut.receipt', { gate: 'sftp', sessionCount: 2, ms: 4.25 })),
    'receipt of SFTP: 2 sessions in 4.3 ms',
  );
  assert.equal(sentenceOf(entry('zone.added')), 'zone added');
  assert.equal(
    sentenceOf(entry('access.refused', { action: 'file.read', rule: 'no-engagement' }, 'media/a.mov')),
    'may not open and download files, media/a.mov: not on the project',
  );
  assert.equal(
    sentenceOf(entry('exception.recorded', { rule: 'self-grant', reason: 'alone' })),
    'exception recorded, “Give themselves access”: alone',
  );
  assert.equal(
    sentenceOf(entry('signin.refused', { with: 'password-and-totp', why: 'wrong-password' })),
    'sign-in with password and code refused: wrong password',
  );
  assert.equal(
    sentenceOf(entry('file.set-aside', { why: 'type-mismatch' }, 'incoming/a.mov')),
    'incoming/a.mov was set aside: its content is not what its name says',
  );
  assert.equal(sentenceOf(entry('credential.added', { credential: { type: 'ssh-key' } })), 'added SSH key');
  assert.match(sentenceOf(entry('person.onboarded', { item: 'nda', until: 1 })), /^NDA on record until /);
});

test('a share is told by its way and by what passed on it', () => {
  const ends = { from: '10.20.0.5', to: '10.30.0.9', protocol: 'tcp', port: 445 };
  assert.equal(sentenceOf(entry('path.opened', ends)), 'the way from 10.20.0.5 to 10.30.0.9, tcp 445, was opened');
  const moved = { bytesIn: 0, bytesOut: 0, operations: 0 };
  assert.equal(
    sentenceOf(entry('session.closed', { because: 'machine-taken', ...moved, passed: { packets: 3, bytes: 1500 } })),
    'disconnected (somebody else came to the machine), 1.50 kB both ways',
  );
});

test('every kind of entry can be told, even with nothing in it', () => {
  for (const kind of Object.keys(KINDS)) assert.match(sentenceOf(entry(kind)), /\w/);
});

test('whom an entry is about, unless that is who did it', () => {
  const [maya, lukas] = [
    { id: 'per_maya', name: 'Maya' },
    { id: 'per_lukas', name: 'Lukas' },
  ] as unknown as EntryView['person'][]; // ids of the right shape say nothing here
  const project = { id: 'prj_n', alias: 'nightjar' } as unknown as EntryView['project'];
  const given = entry('engagement.given');
  assert.equal(subjectOf({ ...given, by: { person: maya }, person: lukas, project }), 'Lukas on nightjar');
  assert.equal(subjectOf({ ...given, by: { person: maya }, person: maya, project }), 'nightjar');
  assert.equal(subjectOf(given), '');
});

test('an actor is a person, a part of Picturelock, or nobody', () => {
  assert.equal(actorOf({ ...entry('x.y'), by: { service: 'clock' } }), 'clock');
  assert.equal(actorOf(entry('x.y')), 'nobody');
});
