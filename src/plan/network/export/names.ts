/**
 * Names as other people's machines take them: letters, digits and one separator, never a reserved word (each begins with `PL`), never
 * too long, never twice. The same facility gives the same names.
 */
export interface NameRules {
  readonly separator: '-' | '_';
  readonly charsMax: number;
  readonly isUpper: boolean;
}

const MARK = 'pl';

export interface Names {
  /** The same key gives the same name. */
  readonly of: (key: string, wanted: string) => string;
}

export function createNames({ separator, charsMax, isUpper }: NameRules): Names {
  const byKey = new Map<string, string>();
  const taken = new Set<string>();
  return {
    of(key, wanted) {
      const known = byKey.get(key);
      if (known !== undefined) return known;
      const plain = plainOf(wanted, separator);
      const stem = `${MARK}${separator}${plain === '' ? 'unnamed' : plain}`;
      let name = cased(stem.slice(0, charsMax), isUpper);
      for (let n = 2; taken.has(name.toLowerCase()); n += 1) {
        const tail = `${separator}${n}`;
        name = cased(stem.slice(0, charsMax - tail.length) + tail, isUpper);
      }
      taken.add(name.toLowerCase());
      byKey.set(key, name);
      return name;
    },
  };
}

function cased(name: string, isUpper: boolean): string {
  return isUpper ? name.toUpperCase() : name;
}

function plainOf(text: string, separator: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, separator)
    .replace(new RegExp(`^${separator}+|${separator}+$`, 'g'), '');
}

const REMARK_CHARS_MAX = 90;

/** Free text for a remark: one line of plain characters, without anything that ends, quotes or continues a command. */
export function remark(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/["'\\;{}#<>!?$`|&]/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, REMARK_CHARS_MAX)
    .trim();
}
