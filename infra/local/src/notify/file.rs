//! The file of alarms: a line of JSON a message, for its owner alone to read. It and its old part have a bounded size.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use backend::Notification;
use domain::recipient::Channel;
use domain::{DeliveryId, Private, RecipientId, ShopId, Timestamp};
use serde::{Deserialize, Serialize};

/// A message in the file.
#[derive(Serialize)]
pub(super) struct Line {
    at: Timestamp,
    delivery: DeliveryId,
    shop: ShopId,
    kind: String,
    channel: Channel,
    recipient: RecipientId,
    subject: String,
    text: Private<String>,
}

impl Line {
    pub(super) fn new(notification: &Notification, now: Timestamp) -> Self {
        let of = notification.clone();
        Self {
            at: now,
            delivery: of.delivery,
            shop: of.shop,
            kind: of.kind,
            channel: of.channel,
            recipient: of.recipient,
            subject: of.subject,
            text: of.text,
        }
    }
}

/// What is read of a line.
#[derive(Deserialize)]
struct Kept {
    delivery: DeliveryId,
}

/// The file has no more bytes than this. What is full becomes the old part, in place of the one before.
const BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How much of the file is read at the start. A message that is sent again is not much older.
const READ_MAX: u64 = 1024 * 1024;

/// The file.
pub(super) struct AlarmFile {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    bytes: u64,
    deliveries: HashSet<DeliveryId>,
    /// The last line has no end: a process died over it, or the disk was full.
    torn: bool,
}

impl AlarmFile {
    /// Opens the file, made if need be, and reads which messages are at its end.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = options().open(path)?;
        close_to_others(&file)?;
        let bytes = file.metadata()?.len();
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(bytes.saturating_sub(READ_MAX)))?;
        (&file).take(READ_MAX).read_to_end(&mut end)?;
        let torn = end.last().is_some_and(|byte| *byte != b'\n');
        let lines = end.split(|byte| *byte == b'\n');
        // The first one may begin in its middle.
        let deliveries = lines.filter_map(|line| Some(serde_json::from_slice::<Kept>(line).ok()?.delivery));
        let inner = Inner { deliveries: deliveries.collect(), file, bytes, torn };
        Ok(Self { path: path.to_owned(), inner: Mutex::new(inner) })
    }

    /// Adds a message; false when it was there already. Durable when this returns.
    pub(super) fn append(&self, line: &Line) -> std::io::Result<bool> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *inner;
        if inner.deliveries.contains(&line.delivery) {
            return Ok(false);
        }
        if inner.bytes >= BYTES_MAX {
            std::fs::rename(&self.path, self.path.with_extension("old.jsonl"))?;
            *inner = Inner {
                file: options().open(&self.path)?,
                bytes: 0,
                deliveries: HashSet::new(),
                torn: false,
            };
        }
        let mut bytes = if inner.torn { b"\n".to_vec() } else { Vec::new() };
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
        inner.torn = true;
        inner.bytes += bytes.len() as u64;
        inner.file.write_all(&bytes)?;
        inner.torn = false;
        inner.file.sync_data()?;
        inner.deliveries.insert(line.delivery.clone());
        Ok(true)
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

#[cfg(unix)]
fn close_to_others(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn close_to_others(_file: &File) -> std::io::Result<()> {
    Ok(())
}
