/** Where a repository lies in a bucket, as it can be handed to another thread; secrets stay in their file. */
import { readFileSync } from 'node:fs';
import { Fault } from '#std/refused.ts';

export interface S3Place {
  /** `https://s3.eu-central-1.amazonaws.com`; plain HTTP only to this machine. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Without slashes at its ends; '' for the whole bucket. The repository lies beneath it as restic lays it out. */
  readonly prefix: string;
  /** A file: `ACCESS-KEY:SECRET-KEY` on its first line, and `region=…` on one of the others where the address does not tell it. */
  readonly credentialFile: string;
  readonly caFile?: string;
  /** A folder for lock files of clients: they are removed all the time and have no place in locked storage. */
  readonly locksFolder: string;
  /** Each object is locked for so long when it is stored. */
  readonly lockDays: number;
}

export interface S3Address {
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
}

export interface S3Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^([A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*)?$/;
const AMAZON = 'https://s3.amazonaws.com';

/** `s3:https://host/bucket/prefix`, as stock restic has it; `s3://bucket/prefix` is Amazon's. */
export function parseS3Address(address: string): S3Address {
  const own = /^s3:(https?:\/\/[^/?#@]+)\/([^/?#]+)\/?([^?#]*)$/.exec(address);
  const [, endpoint, bucket = '', rest = ''] = own ?? ['', AMAZON, ...bucketOf(address)];
  const prefix = rest.replace(/\/+$/, '');
  if (endpoint === undefined || !URL.canParse(endpoint) || !BUCKET.test(bucket) || !PREFIX.test(prefix))
    throw new Fault('s3-address', `write s3:https://HOST/BUCKET/PREFIX instead of ${address.slice(0, 120)}`);
  return { endpoint, bucket, prefix };
}

function bucketOf(address: string): readonly [string, string] {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/?#]+)\/?([^?#]*)$/.exec(address) ?? [];
  return [bucket, prefix];
}

export function readS3Credential({
  credentialFile,
  endpoint,
}: Pick<S3Place, 'credentialFile' | 'endpoint'>): S3Credential {
  const [first = '', ...others] = readFileSync(credentialFile, 'utf8').split('\n');
  const colon = first.indexOf(':');
  if (colon < 1) throw new Fault('s3-credential', `the first line of ${credentialFile} is ACCESS-KEY:SECRET-KEY`);
  const told = others.map((line) => /^region=(\S+)$/.exec(line.trim())?.[1]).find((region) => region !== undefined);
  return {
    accessKeyId: first.slice(0, colon),
    secretAccessKey: first.slice(colon + 1).trim(),
    region: told ?? regionOf(new URL(endpoint).hostname),
  };
}

/** Most stores tell their region in their name; those with one region take any. */
function regionOf(host: string): string {
  return /(?:^|\.)s3[.-]([a-z0-9-]+)\.[a-z0-9.-]+\.[a-z]+$/.exec(host)?.[1] ?? 'us-east-1';
}
