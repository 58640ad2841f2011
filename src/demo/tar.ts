/**
 * An uncompressed POSIX tar of one regular file, as Python's tarfile writes it: header, content
 * padded to 512 bytes, zeroes up to a record of 10240 bytes.
 * @param name at most 100 bytes
 * @param mtime seconds since the epoch
 */
export function tarOf(name: string, content: Buffer, mtime: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, offset: number, digits: number): void => {
    header.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  };
  header.write(name, 0, 100, 'utf8');
  octal(0o600, 100, 7);
  octal(1000, 108, 7);
  octal(1000, 116, 7);
  octal(content.length, 124, 11);
  octal(mtime, 136, 11);
  header.write('        0', 148, 'latin1');
  header.write('ustar\0' + '00', 257, 'latin1');
  header.write('work', 265, 'latin1');
  header.write('work', 297, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 6);
  header[154] = 0;

  const size = 512 + content.length;
  const tar = Buffer.alloc(Math.ceil((size + 1024) / recordSize) * recordSize);
  header.copy(tar);
  content.copy(tar, 512);
  return tar;
}

const recordSize = 10_240;
