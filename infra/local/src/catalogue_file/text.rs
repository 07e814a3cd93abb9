//! The characters of a file, in the encodings that spreadsheets write, and its lines.

/// Why the characters of a file can't be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    #[error(
        "this is a workbook, not a CSV file; save it in the spreadsheet as \"CSV UTF-8\" and import that file"
    )]
    Workbook,
    #[error(
        "line {line} has a character that is not UTF-8: the file seems to use an older encoding, such as \
         Windows-1252; save it in the spreadsheet as \"CSV UTF-8\" and import that file"
    )]
    NotUtf8 {
        /// The first such line, counted from 1.
        line: usize,
    },
    #[error("the file begins as UTF-16 but is damaged; save it as \"CSV UTF-8\" and import that file")]
    DamagedUtf16,
}

/// Reads UTF-8 and UTF-16, with a byte order mark or without.
pub(super) fn decode(bytes: &[u8]) -> Result<String, EncodingError> {
    match bytes {
        [b'P', b'K', 3, 4, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(EncodingError::Workbook),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // The header is in ASCII: every other byte is zero.
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(error) => {
                    let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                    Err(EncodingError::NotUtf8 { line: 1 + line_breaks(&before) })
                }
            }
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, EncodingError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(EncodingError::DamagedUtf16),
    }
}

/// CR LF, LF and CR alone each end a line.
fn line_breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = |place: usize| match bytes[place] {
        b'\n' => true,
        b'\r' => bytes.get(place + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..bytes.len()).filter(|place| ends(*place)).count()
}

/// Counts the lines up to ascending positions in a text.
pub(super) struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line, from 1, of the first character at `byte` or after it that ends no line. The CSV reader gives the place
    /// after the row before, so that blank lines come in between.
    pub(super) fn line_at(&mut self, byte: u64) -> usize {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let blank = self.text[byte..].len() - self.text[byte..].trim_start_matches(['\r', '\n']).len();
        let to = byte + blank;
        self.line += line_breaks(&self.text[self.at..to]);
        self.at = to;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::{EncodingError, LineCounter, decode, line_breaks};

    #[test]
    fn reads_what_spreadsheets_save() {
        let text = "sku,weight\r\nB\u{fc}gel,1";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
            [&[0xFF, 0xFE], little.as_slice()].concat(),
            [&[0xFE, 0xFF], big.as_slice()].concat(),
            little.clone(),
            big,
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(text));
        }
        assert_eq!(decode(b""), Ok(String::new()));
        assert_eq!(decode(b"a\r\nB\xFCgel"), Err(EncodingError::NotUtf8 { line: 2 }));
        assert_eq!(decode(b"PK\x03\x04..."), Err(EncodingError::Workbook));
        assert_eq!(decode(&little[..little.len() - 1]), Err(EncodingError::DamagedUtf16));
    }

    #[test]
    fn counts_lines_as_an_editor_does() {
        assert_eq!(["", "a", "a\n", "a\r\nb", "a\rb\n", "\n\n\r\n"].map(line_breaks), [0, 0, 1, 1, 2, 3]);
        let mut lines = LineCounter::new("a\r\n\r\nb\nc");
        assert_eq!([0, 3, 6].map(|byte| lines.line_at(byte)), [1, 3, 4]);
    }
}
