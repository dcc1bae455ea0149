/** Saves bytes under a name, as a download would. */
export function save(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The click has taken its own hold on the bytes by the next turn of the loop.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
