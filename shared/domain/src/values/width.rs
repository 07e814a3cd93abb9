//! Full-width letters and digits.

/// The ordinary form of a full-width letter or digit, as Chinese and Japanese keyboards write it.
pub fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}
