//! The sample events, and the credentials with which they are signed.

use anyhow::Context as _;
use serde_json::Value;

use crate::binaries::root;

/// The credentials, each as the JSON object of a secret.
#[derive(Clone, Debug)]
pub struct Samples {
    /// TikTok's.
    pub tiktok: Value,
    /// EasyPost's.
    pub easypost: Value,
}

impl Samples {
    /// Reads them from `events/README.md`, where people read them.
    ///
    /// # Errors
    /// When they are not there.
    pub fn read() -> anyhow::Result<Self> {
        let page = std::fs::read_to_string(root().join("events/README.md"))?;
        let of = |field: &str| -> anyhow::Result<Value> {
            let line = page.lines().find(|line| line.starts_with('{') && line.contains(field));
            Ok(serde_json::from_str(line.with_context(|| format!("events/README.md names no {field}"))?)?)
        };
        Ok(Self { tiktok: of("TIKTOK_APP_SECRET")?, easypost: of("EASYPOST_WEBHOOK_SECRET")? })
    }
}

/// A file of sample events.
///
/// # Errors
/// When there is none of that name.
pub fn event(file: &str) -> anyhow::Result<Vec<u8>> {
    std::fs::read(root().join("events").join(file)).with_context(|| file.to_owned())
}
