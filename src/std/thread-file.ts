/** A thread's file beside the module `here`: a source beside sources, code beside code in a bundle. */
export function threadFile(name: string, here: string): URL {
  return new URL(`./${name}${here.slice(here.lastIndexOf('.'))}`, here);
}
