//! A label, ready to print.

use std::fmt;

/// The printable file of a label, 4 x 6 inches. It shows the recipient, so its `Debug` gives only type and size.
#[derive(Clone, PartialEq, Eq)]
pub struct LabelDocument {
    pub bytes: Vec<u8>,
    /// Its media type, for example `application/pdf`.
    pub content_type: String,
}

impl fmt::Debug for LabelDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabelDocument({}, {} bytes)", self.content_type, self.bytes.len())
    }
}
