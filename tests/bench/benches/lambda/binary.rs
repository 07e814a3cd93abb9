//! The binaries and their sizes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// What a zip contains besides one deflated file named `bootstrap`: a local header (30 bytes and the name), a directory entry
/// (46 bytes and the name) and the end of the directory (22 bytes).
const ZIP_HEADERS_BYTES: u64 = 30 + 46 + 22 + 2 * "bootstrap".len() as u64;
/// The highest level of deflate.
const LEVEL: u8 = 9;

/// A binary.
pub struct Binary {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its size in the zip that is deployed.
    pub zip_bytes: u64,
}

impl Binary {
    /// `NAME/bootstrap` or `NAME` in `folder`; `None` if neither exists.
    pub fn find(folder: &Path, name: &str) -> anyhow::Result<Option<Self>> {
        let places = [folder.join(name).join("bootstrap"), folder.join(name)];
        let Some(path) = places.into_iter().find(|path| path.is_file()) else { return Ok(None) };
        let content = fs::read(&path).with_context(|| path.display().to_string())?;
        let deflated = miniz_oxide::deflate::compress_to_vec(&content, LEVEL);
        let zip_bytes = deflated.len() as u64 + ZIP_HEADERS_BYTES;
        Ok(Some(Self { path, bytes: content.len() as u64, zip_bytes }))
    }
}
