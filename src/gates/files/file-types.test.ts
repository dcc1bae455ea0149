import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { FILE_TYPES, checkEnding, finishedName, isUnfinishedName, recognise } from '#gates/files/file-types.ts';
import { isRefused } from '#std/refused.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const CASES: readonly (readonly [name: string, head: string, answer: string])[] = [
  ['a.mov', '\0\0\0\x14ftypqt  ', 'quicktime'],
  ['a.MOV', '\0\0\0\x08wide', 'quicktime'],
  ['a.mxf', '\x06\x0e\x2b\x34\x02\x05\x01\x01', 'mxf'],
  ['a.r3d', '\0\0\x01\0RED2', 'redcode'],
  ['a.exr', '\x76\x2f\x31\x01\x02', 'openexr'],
  ['a.dpx', 'XPDS\0\0', 'dpx'],
  ['a.png', '\x89PNG\r\n\x1a\n', 'png'],
  ['a.wav', 'RIFF\0\0\0\0WAVEfmt ', 'wave'],
  ['a.wav', 'RIFF\0\0\0\0AVI LIST', 'type-mismatch'],
  ['a.avi', 'RIFF\0\0\0\0AVI LIST', 'avi'],
  ['a.edl', 'TITLE: REEL 1\r\nFCM: NON-DROP FRAME\r\n', 'edit-list'],
  ['a.edl', '#!/bin/sh\nrm -rf /', 'type-mismatch'],
  ['a.txt', 'MZ\x90\0', 'type-mismatch'],
  ['a.tga', '\x7fELF', 'type-mismatch'],
  ['a.tga', '\0\0\x02\0', 'targa'],
  ['a.csv', '\xff\xfea\0,\0', 'text'],
  ['a.fcpxml', '\xef\xbb\xbf<?xml version="1.0"?>', 'final-cut-xml'],
  ['a.mhl', '<?xml version="1.0"?>', 'xml'],
  ['a.aaf', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'aaf'],
  ['a.prproj', '\x1f\x8b\x08', 'premiere'],
  ['a.mov', 'MZ\x90\0\x03', 'type-mismatch'],
  ['a.jpg', '<?php system(1)', 'type-mismatch'],
  ['a.exe', 'MZ', 'type-not-allowed'],
  ['a.mov.exe', '\0\0\0\x14ftyp', 'type-not-allowed'],
  ['mov', '\0\0\0\x14ftyp', 'type-not-allowed'],
  ['.mov', '\0\0\0\x14ftyp', 'type-not-allowed'],
  ['a.mov', '', 'quicktime'],
  ['a.fbx', 'Kaydara', 'fbx'],
];

for (const [name, head, answer] of CASES) {
  test(`${name} of ${JSON.stringify(head).slice(0, 30)} -> ${answer}`, () => {
    const known = recognise(name, bytes(head), ['fbx']);
    assert.equal(isRefused(known) ? known.code : known.type, answer);
  });
}

test('the table names every ending once and no magic is empty', () => {
  const endings = FILE_TYPES.flatMap((row) => row.endings);
  assert.equal(new Set(endings).size, endings.length);
  assert.ok(endings.every((ending) => /^[a-z0-9]{1,12}$/.test(ending)));
  for (const row of FILE_TYPES)
    for (const magic of row.magic ?? []) assert.ok(magic.length > 0 && magic.every(([, text]) => text.length > 0));
  for (const ending of [
    'mov',
    'mxf',
    'r3d',
    'braw',
    'ari',
    'exr',
    'dpx',
    'wav',
    'aaf',
    'edl',
    'ale',
    'otio',
    'cube',
    'srt',
    'stl',
    'mhl',
  ]) {
    assert.equal(checkEnding(`x.${ending}`, []), undefined);
  }
});

test('names of unfinished files', () => {
  assert.ok(isUnfinishedName('a.mov.filepart') && isUnfinishedName('a.mov.PART') && !isUnfinishedName('part.mov'));
  assert.deepEqual(['a.mov.1a2b3c4d.partial', 'a.mov.partial', 'a.mov'].map(finishedName), ['a.mov', 'a.mov', 'a.mov']);
});
