/** The built pages: read once at start, served from memory. Paths of the single-page application all lead to `index.html`. */
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pagePolicy } from '#gates/portal/headers.ts';
import { Fault } from '#std/refused.ts';

const FILES_MAX = 2_000;
const BYTES_MAX = 64 * 1024 * 1024;
const NONCE_BYTES = 18;
const NONCE_MARK = '__CSP_NONCE__';
const GZIP_FROM_BYTES = 1_024;
/** Vite puts a hash of the content into these names. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
};

interface PageFile {
  readonly bytes: Buffer;
  readonly gzipped: Buffer | undefined;
  readonly type: string;
}

export interface Pages {
  /** False when the path is none of its own. */
  serve(request: IncomingMessage, response: ServerResponse, path: string): boolean;
}

export async function loadPages(folder: string): Promise<Pages> {
  const files = new Map<string, PageFile>();
  let total = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    total += bytes.byteLength;
    if (files.size >= FILES_MAX || total > BYTES_MAX)
      throw new Fault('pages-too-large', `the built pages in ${folder} are too large`);
    files.set(`/${posix.relative(folder, path)}`, pageFile(entry.name, bytes));
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Fault('pages-not-built', `there is no index.html in ${folder}: run npm run build`);
  files.delete('/index.html');
  return { serve: (request, response, path) => serve(files, index.bytes.toString('utf8'), request, response, path) };
}

function pageFile(name: string, bytes: Buffer): PageFile {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  const isText = /^(text|application)\/|svg/.test(type) && bytes.byteLength >= GZIP_FROM_BYTES;
  return { bytes, type, gzipped: isText ? gzipSync(bytes) : undefined };
}

function serve(
  files: ReadonlyMap<string, PageFile>,
  index: string,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): boolean {
  const file = files.get(path);
  if (file !== undefined) return sendFile(file, request, response, HASHED.test(path));
  if (/\.\w+$/.test(path)) return false;
  return sendIndex(index, request, response);
}

function sendFile(file: PageFile, request: IncomingMessage, response: ServerResponse, immutable: boolean): boolean {
  const isGzip = file.gzipped !== undefined && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const bytes = isGzip ? (file.gzipped ?? file.bytes) : file.bytes;
  response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('vary', 'accept-encoding');
  if (isGzip) response.setHeader('content-encoding', 'gzip');
  return send(request, response, file.type, bytes);
}

function sendIndex(index: string, request: IncomingMessage, response: ServerResponse): boolean {
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  response.setHeader('content-security-policy', pagePolicy(nonce));
  response.setHeader('cache-control', 'no-store');
  return send(request, response, TYPES['html'] ?? '', Buffer.from(index.replaceAll(NONCE_MARK, nonce)));
}

function send(request: IncomingMessage, response: ServerResponse, type: string, bytes: Buffer): boolean {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.byteLength });
  response.end(request.method === 'HEAD' ? undefined : bytes);
  return true;
}
