/**
 * Fields of an object out of JSON that a stranger may have written, checked one by one: trees and indexes hold millions of them. What is not as it
 * should be is a Fault `object-damaged`.
 */
import { Fault } from '#std/refused.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(json: unknown): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw damaged('something that is no object');
  return json as Fields; // each field is looked at before it is used
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged('text that is no JSON');
  }
}

/** Without `missing` the field has to be there. */
export function text(fields: Fields, field: string, missing?: string): string {
  const value = fields[field] ?? missing;
  if (typeof value !== 'string') throw damaged(`a ${field} that is no text`);
  return value;
}

/** 0 when it is missing. */
export function whole(fields: Fields, field: string): number {
  const value = fields[field] ?? 0;
  if (!Number.isSafeInteger(value)) throw damaged(`a ${field} that is no whole number`);
  return value as number; // a safe integer
}

/** From `least` to `most`; it has to be there. */
export function within(fields: Fields, field: string, least: number, most: number): number {
  const value = fields[field];
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
    throw damaged(`a ${field} that is no number from ${least} to ${most}`);
  return value as number; // a safe integer
}

const DIGITS = /^\d{1,20}$/;

/** A number, or as text what is too long for one; 0 when it is missing. */
export function long(fields: Fields, field: string): bigint {
  const value = fields[field];
  if (typeof value === 'string' && DIGITS.test(value)) return BigInt(value);
  return BigInt(whole(fields, field));
}

/** Of this object alone: whoever asks may put other things in it. */
export function list(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw damaged(`a ${field} that is no list`);
  return value;
}

const HEX_ID = /^[0-9a-f]{64}$/;

export function hexId(value: unknown): string {
  if (typeof value !== 'string' || !HEX_ID.test(value)) throw damaged('an id that is none');
  return value;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function base64(value: unknown, field: string): Buffer {
  if (typeof value !== 'string' || !BASE64.test(value)) throw damaged(`a ${field} that is no base64`);
  return Buffer.from(value, 'base64');
}

/** Texts; none when it is missing. */
export function texts(fields: Fields, field: string): readonly string[] {
  const value = fields[field] ?? [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw damaged(`a ${field} of no texts`);
  return value;
}

export function damaged(what: string): Fault {
  return new Fault('object-damaged', `an object is damaged: it has ${what}`);
}
