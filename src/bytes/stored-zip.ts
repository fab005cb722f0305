/** A ZIP archive of a few files, stored without compression (APPNOTE.TXT 4.3), with names in UTF-8 and no dates. */
import { crc32 } from "node:zlib";

const utf8 = 0x0800;
/** 1980-01-01, the earliest date of the format. */
const noDate = 0x0021;

/** @param files names with `/` between folders; together under 4 GiB. */
export function storedZip(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Uint8Array {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const path = Buffer.from(name, "utf8");
    // Fields that the local header and the directory have in common: version, flags, method, time, date, CRC, sizes.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(utf8, 2);
    common.writeUInt16LE(noDate, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, rest, path);
    const local = [Buffer.from("PK\x03\x04", "latin1"), common, path, Buffer.from(bytes)];
    pieces.push(...local);
    offset += local.reduce((sum, { length }) => sum + length, 0);
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, listed, end]);
}
