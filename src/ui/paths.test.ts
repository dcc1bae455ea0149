import { test } from 'node:test';
import assert from 'node:assert/strict';
import { paths } from './paths.ts';

test('every link as text', () => {
  assert.deepEqual(
    [
      paths.signIn(),
      paths.signIn('/studio?x=1'),
      paths.home('assess'),
      paths.project('north'),
      paths.project('north', 'files', { path: 'media/reel 1', at: 7 }),
      paths.person('per_x'),
      paths.ledger('facility', { person: 'per_x', kind: 'file.', from: undefined }),
      paths.entry('assess', 12),
      paths.settings('roles'),
      paths.studioProject('north', 'incoming'),
      paths.studioAsk('north', 'more-time'),
      paths.whoHadAccess('north', 5),
      paths.cut('cut_x'),
      paths.bundle('facility', 'north'),
      paths.network('assess', 'proof', { at: 5 }),
      paths.network(),
    ],
    [
      '/sign-in',
      '/sign-in?next=%2Fstudio%3Fx%3D1',
      '/assess',
      '/facility/projects/north/people',
      '/facility/projects/north/files?path=media%2Freel+1&at=7',
      '/facility/people/per_x/access',
      '/facility/ledger?person=per_x&kind=file.',
      '/assess/ledger/12',
      '/facility/settings/roles',
      '/studio/projects/north?path=incoming',
      '/studio/ask?project=north&ask=more-time',
      '/assess/access?project=north&at=5',
      '/facility/cuts/cut_x',
      '/facility/bundle?project=north',
      '/assess/network/proof?at=5',
      '/facility/network/map',
    ],
  );
});

test('a download link cannot be bent by the name of a file', () => {
  assert.equal(paths.download('north', 'media/a b?#%.mov'), '/files/north/media/a%20b%3F%23%25.mov');
  assert.equal(paths.download('north', 'media/../x'), '/files/north/media/../x');
});
