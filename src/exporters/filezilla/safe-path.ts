/**
 * A directory on a Unix server as FileZilla stores it in `RemoteDir`: type 1 (Unix), no prefix, then
 * length and text of each segment. Lengths count the wide characters of the platform: UTF-16 units on
 * Windows, code points elsewhere.
 * @param directory absolute path with `/`, e.g. `/home/work` → `1 0 4 home 4 work`
 */
export function safePath(directory: string, platform: NodeJS.Platform): string {
  const segments = directory.split('/').filter((segment) => segment !== '');
  const length = (segment: string): number =>
    platform === 'win32' ? segment.length : Array.from(segment).length;
  return ['1 0', ...segments.map((segment) => `${length(segment)} ${segment}`)].join(' ');
}
