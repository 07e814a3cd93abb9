//! The file of a label.

use std::fmt;

use bytes::Bytes;

/// A label, ready to print. It shows the recipient: its `Debug` gives only type and size.
#[derive(Clone, PartialEq, Eq)]
pub struct LabelFile {
    /// The file.
    pub bytes: Bytes,
    /// Its media type, for example `application/pdf`.
    pub content_type: &'static str,
}

impl fmt::Debug for LabelFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabelFile({}, {} bytes)", self.content_type, self.bytes.len())
    }
}
