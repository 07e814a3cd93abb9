//! A ZIP archive of one program, as Lambda accepts it. Nothing is compressed, because it never leaves this machine.

/// The name of a custom runtime's program.
const NAME: &[u8] = b"bootstrap";
/// A regular file that everyone may read and execute.
const MODE: u32 = 0o100_755;
/// The version of the format, made on Unix, so that the file mode counts.
const MADE_BY: u16 = (3 << 8) | VERSION;
const VERSION: u16 = 20;
/// The first date that the format can express.
const FIRST_OF_JANUARY_1980: u16 = (1 << 5) | 1;

/// Packs `program` under the name that Lambda starts.
pub(crate) fn pack(program: &[u8]) -> anyhow::Result<Vec<u8>> {
    let size = u32::try_from(program.len())?;
    let mut of_file = Vec::new();
    for field in [VERSION, 0, 0, 0, FIRST_OF_JANUARY_1980] {
        of_file.extend(field.to_le_bytes());
    }
    for field in [checksum(program), size, size] {
        of_file.extend(field.to_le_bytes());
    }
    of_file.extend(u16::try_from(NAME.len())?.to_le_bytes());
    // No extra field.
    of_file.extend(0_u16.to_le_bytes());

    let mut archive = Vec::with_capacity(program.len() + 256);
    archive.extend(b"PK\x03\x04");
    archive.extend(&of_file);
    archive.extend(NAME);
    archive.extend(program);

    let directory = u32::try_from(archive.len())?;
    archive.extend(b"PK\x01\x02");
    archive.extend(MADE_BY.to_le_bytes());
    archive.extend(&of_file);
    // No comment, the first disk, no text.
    archive.extend([0; 6]);
    archive.extend((MODE << 16).to_le_bytes());
    // The offset of the file.
    archive.extend(0_u32.to_le_bytes());
    archive.extend(NAME);

    let directory_size = u32::try_from(archive.len())? - directory;
    archive.extend(b"PK\x05\x06");
    for field in [0_u16, 0, 1, 1] {
        archive.extend(field.to_le_bytes());
    }
    archive.extend(directory_size.to_le_bytes());
    archive.extend(directory.to_le_bytes());
    archive.extend(0_u16.to_le_bytes());
    Ok(archive)
}

/// The CRC-32 of the format.
fn checksum(bytes: &[u8]) -> u32 {
    let mut table = [0_u32; 256];
    for (byte, entry) in (0_u32..).zip(&mut table) {
        *entry = (0..8).fold(byte, |rest, _| (rest >> 1) ^ if rest & 1 == 1 { 0xedb8_8320 } else { 0 });
    }
    let step = |sum: u32, byte: &u8| {
        let [low, ..] = sum.to_le_bytes();
        (sum >> 8) ^ table[usize::from(low ^ byte)]
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{checksum, pack};

    #[test]
    fn the_checksum_is_that_of_the_format() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }

    /// The archive is read by Python, which the emulator needs anyway.
    #[test]
    fn an_archive_holds_one_program_that_can_be_executed() {
        const LOOK: &str = "import sys, zipfile\n\
            z = zipfile.ZipFile(sys.argv[1])\n\
            assert z.testzip() is None\n\
            print([(i.filename, oct(i.external_attr >> 16), z.read(i)) for i in z.infolist()])";
        let file = std::env::temp_dir().join(format!("archive-{}.zip", std::process::id()));
        std::fs::write(&file, pack(b"\x7fELF program").unwrap()).unwrap();
        let seen = Command::new("python3").args(["-c", LOOK]).arg(&file).output().unwrap();
        std::fs::remove_file(&file).unwrap();
        let text = String::from_utf8_lossy(&seen.stdout);
        assert_eq!(text.trim(), r"[('bootstrap', '0o100755', b'\x7fELF program')]", "{seen:?}");
    }
}
