/** What names say: which files are written once, which kind an extension promises, which names ransom notes have. */

/** Kinds that may stand behind an extension; a look's kind is compared by what stands after its last dot. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  mov: ['mov'],
  mp4: ['mov'],
  m4v: ['mov'],
  m4a: ['mov'],
  braw: ['mov'],
  mxf: ['mxf'],
  exr: ['exr'],
  dpx: ['dpx'],
  tif: ['tiff'],
  tiff: ['tiff'],
  dng: ['tiff'],
  wav: ['wav'],
  bwf: ['wav'],
  avi: ['riff'],
  png: ['png'],
  jpg: ['jpeg'],
  jpeg: ['jpeg'],
  jp2: ['j2k'],
  j2c: ['j2k'],
  j2k: ['j2k'],
  mkv: ['mkv'],
  webm: ['mkv'],
  zip: ['zip'],
  drp: ['zip'],
  docx: ['zip'],
  xlsx: ['zip'],
  pptx: ['zip'],
  gz: ['gzip'],
  tgz: ['gzip'],
  prproj: ['gzip'],
  aep: ['riff', 'aiff', 'unknown'],
  xml: ['xml', 'text', 'utf16'],
  fcpxml: ['xml', 'utf16'],
  aepx: ['xml', 'text'],
  mhl: ['xml'],
  ale: ['text', 'utf16'],
  edl: ['text', 'utf16'],
  cdl: ['xml', 'text'],
  cube: ['text'],
  csv: ['text', 'utf16'],
  txt: ['text', 'utf16'],
  json: ['text'],
  nk: ['text'],
  otio: ['text'],
  srt: ['text', 'utf16'],
  pdf: ['pdf'],
  psd: ['photoshop'],
  aaf: ['compound'],
  avb: ['avid-bin'],
  blend: ['blend', 'gzip', 'zstd'],
  ari: ['arri-raw'],
  r3d: ['red'],
  cin: ['cineon'],
  tar: ['tar'],
  flac: ['flac'],
  aif: ['aiff'],
  aiff: ['aiff'],
  pgp: ['pgp', 'text'],
  gpg: ['pgp', 'text'],
  asc: ['text'],
  '7z': ['7z'],
};

const ESSENCE = new Set(
  'mov mp4 m4v mxf exr dpx tif tiff dng wav bwf png jpg jpeg jp2 j2c j2k mkv braw ari arx r3d crm cin avi aif aiff flac m4a'.split(
    ' ',
  ),
);
const LEDGERS_OF_SHOOTS =
  /^(ocf|ocn|camera([ _-].*)?|originals?|rushes|sound[ _-]?rolls?|production[ _-]?(sound|audio)|masters?|mezzanines?)$/i;
const ARCHIVES = new Set(['pgp', 'gpg', 'zip', '7z', 'age', 'asc']);

export function extensionOf(path: string): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Pictures and sound: what people change is written anew under another name, or by a render over the whole file. */
export function isEssence(path: string): boolean {
  return ESSENCE.has(extensionOf(path));
}

/** Essence in a folder for what came from the set, and for masters: nobody renders there. */
export function isOriginal(path: string): boolean {
  return (
    isEssence(path) &&
    folderOf(path)
      .split('/')
      .some((name) => LEDGERS_OF_SHOOTS.test(name))
  );
}

/** Undefined for an extension that promises nothing. */
export function promisedKinds(path: string): readonly string[] | undefined {
  const extension = extensionOf(path);
  return Object.hasOwn(KINDS, extension) ? KINDS[extension] : undefined;
}

/** `prores.mov` is a `mov`. */
export function family(kind: string): string {
  return kind.slice(kind.lastIndexOf('.') + 1);
}

export function keepsPromise(path: string, kind: string): boolean {
  const promised = promisedKinds(path);
  return promised === undefined ? kind !== 'unknown' : promised.includes(family(kind));
}

export function isKnownExtension(path: string): boolean {
  return promisedKinds(path) !== undefined || ESSENCE.has(extensionOf(path)) || ARCHIVES.has(extensionOf(path));
}

const NOTE_NAMES: readonly RegExp[] = [
  /decrypt|ransom|recover|restor|unlock|!!!|_?read[ _-]?me/i,
  /your[ _-]?files|files[ _-]?back|how[ _-]?to[ _-]?get|help[ _-]?(me|us|your)/i,
];
const NOTE_SUFFIX = new Set(['txt', 'html', 'htm', 'hta', 'md', 'url', 'rtf', 'bmp', 'png', 'jpg', '']);
const NOTE_WORDS: readonly RegExp[] = [
  /\.onion\b/i,
  /\bbitcoin|\bbtc\b|\bmonero|\bxmr\b/i,
  /\bencrypted\b/i,
  /\bdecrypt(or|ion|er)?\b/i,
  /\btor browser\b/i,
  /\bransom\b/i,
  /\bprivate key\b/i,
  /\b(leak|publish)(ed)?\b.*\bdata\b|\byour data\b/i,
];

/** 0 for no note, 1 for a name that notes have too, 2 and more for what it says. */
export function noteLikeness(path: string, head: Uint8Array): number {
  if (!NOTE_SUFFIX.has(extensionOf(path)) || !NOTE_NAMES.some((name) => name.test(nameOf(path)))) return 0;
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  return 1 + NOTE_WORDS.filter((word) => word.test(text)).length;
}
