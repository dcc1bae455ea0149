/** The checks of a probe, in their order: the object is attacked in every known way, and must be there at the end. */
import { hash } from 'node:crypto';
import type { Probed, ProbeCheck, Tried } from '#vault/offsite/probe.ts';
import { s3Fault } from '#vault/store/s3-client.ts';
import type { S3Answer } from '#vault/store/s3-client.ts';
import { askRetention, extendLock, retentionOf } from '#vault/store/s3-retention.ts';
import type { Retention } from '#vault/store/s3-retention.ts';
import { historiesUnder, historyOf, keysUnder } from '#vault/store/s3-versions.ts';
import { elementsOf, textOf } from '#vault/store/s3-xml.ts';

const HOUR_MS = 3_600_000;
const SKEW_MS_MAX = 5_000;
const BYPASS = { 'x-amz-bypass-governance-retention': 'true' } as const;

const isUndone = 'whoever has the key pair, or the account, removes copies before their time: do not use this store';

export const CHECKS: readonly ProbeCheck[] = [
  {
    code: 'clock',
    level: 'wanted',
    says: `the store's clock and ours are within ${SKEW_MS_MAX / 1000} s`,
    otherwise: 'locks end by the store’s clock; look which of the two is wrong',
    async tried({ client, key }) {
      await client.ask({ method: 'HEAD', key });
      const skew = client.skewMs();
      return { holds: skew !== undefined && Math.abs(skew) <= SKEW_MS_MAX, saw: `${skew} ms` };
    },
  },
  {
    code: 'no-default-retention',
    level: 'wanted',
    says: 'the bucket locks nothing by itself',
    otherwise:
      'lock files of stock restic would be locked too, and its own prune fails: take the default retention away',
    async tried({ client }) {
      const answer = await client.ask({ method: 'GET', query: { 'object-lock': '' } });
      if (answer.status !== 200) throw s3Fault(answer, 'the bucket does not tell its settings');
      const xml = answer.body.toString('utf8');
      const rule = elementsOf(xml, 'DefaultRetention')[0];
      return { holds: rule === undefined, saw: rule === undefined ? 'none' : `${textOf(rule, 'Mode')}` };
    },
  },
  {
    code: 'create-only',
    level: 'wanted',
    says: 'a key that is taken is not written again when the request asks for that (If-None-Match)',
    otherwise: 'two writers that meet leave a second, equal version each: harmless, and paid until its lock ends',
    async tried({ client, key }) {
      const body = Buffer.from('written over\n');
      const answer = await client.ask({ method: 'PUT', key, body, headers: { 'if-none-match': '*' } });
      return { holds: answer.status === 412, saw: told(answer) };
    },
  },
  {
    code: 'wrong-bytes-refused',
    level: 'wanted',
    says: 'a body that is not what its Content-MD5 says is refused',
    otherwise: 'bytes spoiled on their way are found only when they are read back',
    async tried({ client, key }) {
      const headers = { 'content-md5': hash('md5', 'other bytes', 'base64') };
      const answer = await client.ask({ method: 'PUT', key: `${key}.spoiled`, body: Buffer.from('bytes'), headers });
      return { holds: answer.status >= 400 && answer.status < 500, saw: told(answer) };
    },
  },
  {
    code: 'overwrite-keeps',
    level: 'needed',
    says: 'writing over the key leaves the first version readable by its id',
    otherwise: isUndone,
    async tried(probed) {
      await probed.client.ask({ method: 'PUT', key: probed.key, body: Buffer.from('written over\n') });
      return stillThere(probed);
    },
  },
  refusal('delete-refused', 'removing the locked version is refused', ({ client, key, versionId }) =>
    client.ask({ method: 'DELETE', key, query: { versionId } }),
  ),
  refusal(
    'bypass-refused',
    'removing it with the right to bypass governance is refused',
    ({ client, key, versionId }) => client.ask({ method: 'DELETE', key, query: { versionId }, headers: BYPASS }),
  ),
  {
    code: 'bulk-delete-refused',
    level: 'needed',
    says: 'removing it in a list of many is refused',
    otherwise: isUndone,
    async tried(probed) {
      const { client, key, versionId } = probed;
      const body = Buffer.from(
        `<Delete><Object><Key>${key}</Key><VersionId>${versionId}</VersionId></Object></Delete>`,
      );
      const headers = { 'content-md5': hash('md5', body, 'base64'), ...BYPASS };
      const answer = await client.ask({ method: 'POST', query: { delete: '' }, body, headers });
      const there = await stillThere(probed);
      return { holds: there.holds, saw: `${told(answer)}; ${there.saw}` };
    },
  },
  shortening('shortening-refused', 'an earlier end of the lock is refused', 'COMPLIANCE', {}),
  shortening(
    'shortening-bypass-refused',
    'an earlier end with the right to bypass governance is refused',
    'COMPLIANCE',
    BYPASS,
  ),
  shortening('weakening-refused', 'a change to governance mode is refused', 'GOVERNANCE', BYPASS),
  {
    code: 'extended',
    level: 'needed',
    says: 'the lock is made longer, and the store says so',
    otherwise: 'locks run out: copies are safe for one term of the lock and no longer',
    async tried({ client, key, versionId, longerUntil }) {
      const until = await extendLock(client, key, versionId, longerUntil);
      return { holds: until >= longerUntil - 1000, saw: new Date(until).toISOString() };
    },
  },
  {
    code: 'marker-visible',
    level: 'needed',
    says: 'a delete marker hides the name, is told in the list of versions, and the version beneath is still read',
    otherwise: 'a copy that somebody hid would look like one that is lost',
    async tried(probed) {
      const { client, key } = probed;
      await client.ask({ method: 'DELETE', key });
      const history = await historyOf(client, key);
      const there = await stillThere(probed);
      return { holds: history?.isHidden === true && there.holds, saw: `hidden: ${history?.isHidden}; ${there.saw}` };
    },
  },
  {
    code: 'listed-at-once',
    level: 'needed',
    says: 'what was just stored is in both kinds of list at once',
    otherwise: 'a copy looks incomplete for a while: lag is told too long, and objects are sent twice',
    async tried({ client, key }) {
      const name = `${key}.listed`;
      await client.ask({ method: 'PUT', key: name, body: Buffer.from('listed\n') });
      const version = await historyOf(client, name);
      const names: string[] = [];
      for await (const found of keysUnder(client, name)) names.push(found);
      return {
        holds: version !== undefined && names.includes(name),
        saw: `versions: ${version !== undefined}, names: ${names.length}`,
      };
    },
  },
  {
    code: 'pages',
    level: 'needed',
    says: 'a list in pages of one row is the list in one page',
    otherwise: 'long lists lose objects: copies look complete that are not',
    async tried({ client, key }) {
      const [long, short] = [await rows(client, key, undefined), await rows(client, key, 1)];
      return {
        holds: long.length > 1 && long.join('\n') === short.join('\n'),
        saw: `${long.length} and ${short.length} rows`,
      };
    },
  },
  {
    code: 'part-read',
    level: 'needed',
    says: 'a part of a version is read by its range',
    otherwise: 'every restore of a file reads whole packs',
    async tried({ client, key, versionId, body }) {
      const answer = await client.ask({ method: 'GET', key, query: { versionId }, headers: { range: 'bytes=2-9' } });
      return { holds: answer.status === 206 && answer.body.equals(body.subarray(2, 10)), saw: told(answer) };
    },
  },
  {
    code: 'survived',
    level: 'needed',
    says: 'after all of this the first version is there, byte for byte',
    otherwise: isUndone,
    tried: stillThere,
  },
];

function refusal(code: string, says: string, act: (probed: Probed) => Promise<S3Answer>): ProbeCheck {
  return {
    code,
    level: 'needed',
    says,
    otherwise: isUndone,
    async tried(probed) {
      const answer = await act(probed);
      const there = await stillThere(probed);
      return { holds: answer.status >= 400 && there.holds, saw: `${told(answer)}; ${there.saw}` };
    },
  };
}

function shortening(
  code: string,
  says: string,
  mode: Retention['mode'],
  headers: Readonly<Record<string, string>>,
): ProbeCheck {
  return {
    code,
    level: 'needed',
    says,
    otherwise: isUndone,
    async tried({ client, key, versionId, until }) {
      // Another mode is asked for with a later end, so that it is the mode that is refused.
      const wanted = mode === 'COMPLIANCE' ? until - HOUR_MS / 12 : until + HOUR_MS;
      const answer = await askRetention(client, key, versionId, { mode, until: wanted }, headers);
      const now = await retentionOf(client, key, versionId);
      const holds = answer.status >= 400 && now?.mode === 'COMPLIANCE' && now.until >= until - 1000;
      return { holds, saw: `${told(answer)}; ${now?.mode ?? 'no lock'}` };
    },
  };
}

async function stillThere({ client, key, versionId, body }: Probed): Promise<Tried> {
  const answer = await client.ask({ method: 'GET', key, query: { versionId } });
  const holds = answer.status === 200 && answer.body.equals(body);
  return { holds, saw: holds ? 'the version is there' : `reading the version: ${told(answer)}` };
}

async function rows(
  client: Probed['client'],
  prefix: string,
  pageKeys: number | undefined,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key, versions, isHidden } of historiesUnder(client, prefix, pageKeys))
    found.push(`${key} ${isHidden} ${versions.map(({ versionId }) => versionId).join(' ')}`);
  return found;
}

function told({ status, code }: S3Answer): string {
  return code === '' ? String(status) : `${status} ${code}`;
}
