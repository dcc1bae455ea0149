/**
 * JSON Canonicalization Scheme (RFC 8785): one byte string per JSON value.
 * Members are sorted by UTF-16 code units, numbers and strings are written as ECMAScript writes them.
 * `undefined` members are left out; anything that JSON cannot hold is a bug of the caller.
 */
import { Bug } from '#std/assert.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export function canonical(value: Json): string {
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  if (typeof value !== 'object') throw new Bug(`not JSON: ${typeof value}`);
  const object = value as { readonly [key: string]: Json | undefined };
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${quote(key)}:${canonical(member)}`;
  }
  return `{${text}}`;
}

function number(value: number): string {
  if (!Number.isFinite(value)) throw new Bug('a number that JSON cannot hold');
  return JSON.stringify(value);
}

function quote(value: string): string {
  if (!value.isWellFormed()) throw new Bug('a string with a lone surrogate');
  return JSON.stringify(value);
}
