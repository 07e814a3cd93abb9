//! Letters of two widths.

/// The ordinary form of a letter or digit that a Chinese or Japanese keyboard wrote as wide as its own characters.
pub fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}
