/** Times are set as they are read, before 1970 and after. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimes } from '#vault/engine/file-times.ts';

test('a time before 1970 is not the present, and a quarter of a microsecond is all that is lost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-times-'));
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, '');
  symlinkSync('nowhere', link);
  const moments = [
    0n,
    1_000n,
    -1_000n,
    -500_000_000n,
    -86_400_123_456_000n,
    -1_000_000_000_000_000_000n,
    981_173_106_000_001_000n,
    1_700_000_000_123_456_789n,
    1_999_999_999_999_999_000n,
  ];
  for (const path of [file, link])
    for (const ns of moments) {
      setTimes(path, ns, ns);
      const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
      assert.equal(atimeNs, mtimeNs);
      const off = mtimeNs - ns;
      assert.ok(off < 250n && off > -250n, `${ns} became ${mtimeNs}`);
    }
  rmSync(folder, { recursive: true });
});
